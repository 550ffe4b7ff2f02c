import { ApiError, NetworkError } from '@tidemark/client';

/** What the process answers with; documented in docs/cli.md and in `tidemark --help`. */
export const EXIT = { ok: 0, failed: 1, usage: 2, notFound: 3, away: 4, interrupted: 130 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** A failure that a person can do something about: what went wrong, and what to do. */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly hint: string | undefined;
  readonly exit: ExitCode;

  constructor(message: string, { hint, exit = EXIT.failed }: { hint?: string; exit?: ExitCode } = {}) {
    super(message);
    this.hint = hint;
    this.exit = exit;
  }
}

export interface Explained {
  code: string;
  message: string;
  hint: string | undefined;
  details: ApiError['details'];
  requestId: string | undefined;
  exit: ExitCode;
}

/** Any failure in words, with its exit code. Never a stack trace, unless it is a bug of ours. */
export function explain(error: unknown): Explained {
  const nothing = { hint: undefined, details: [], requestId: undefined };
  if (error instanceof Failure)
    return { ...nothing, code: 'failure', message: error.message, hint: error.hint, exit: error.exit };
  if (error instanceof NetworkError) {
    const hint = 'Is it running? Start one with `tidemark serve`, or name another with --api or TIDEMARK_URL.';
    return { ...nothing, code: 'unavailable', message: error.message, hint, exit: EXIT.away };
  }
  if (error instanceof ApiError) {
    const { code, message, details, requestId } = error;
    return { code, message, details, requestId, hint: HINTS[code] ?? error.hint, exit: EXITS[code] ?? EXIT.failed };
  }
  const message = error instanceof Error ? error.message : String(error);
  return {
    ...nothing,
    code: 'internal',
    message,
    hint: 'Run again with TIDEMARK_DEBUG=1 to see where.',
    exit: EXIT.failed,
  };
}

const EXITS: Partial<Record<ApiError['code'], ExitCode>> = {
  not_found: EXIT.notFound,
  unavailable: EXIT.away,
};
const HINTS: Partial<Record<ApiError['code'], string>> = {
  unauthorized:
    'Give a token with --token or TIDEMARK_TOKEN; `tidemark token create` on the server makes one. Each project has tokens of its own.',
};
