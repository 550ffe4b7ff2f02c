export type LogFormat = 'json' | 'text';
export type LogLevel = 'error' | 'warn' | 'info' | 'debug';

export interface Log {
  /** The exception behind a 500, or behind work that nobody asked for. */
  error(error: unknown, requestId: string): void;
  /** A request that was answered: what failed here is an error, what took long a warning, the rest news. */
  request(request: Answered): void;
}

export interface Answered {
  readonly method: string;
  /** Without its query, which may hold a login's code. */
  readonly path: string;
  readonly status: number;
  readonly ms: number;
  readonly requestId: string;
  readonly address: string;
}

const LEVELS: readonly LogLevel[] = ['error', 'warn', 'info', 'debug'];
const SLOW_MS = 1000;
/** Secrets are never passed to a log; one that got into a message or a path is taken out all the same. */
const SECRET = /tdm[0-9a-z]{37}/g;

/** A line an event on standard error: JSON for machines, or text. */
export function createLog(
  { format, level }: { format: LogFormat; level: LogLevel },
  now: () => number,
  write: (line: string) => void = (line) => void process.stderr.write(line),
): Log {
  function say(at: LogLevel, message: string, fields: Readonly<Record<string, string | number | undefined>>): void {
    if (LEVELS.indexOf(at) > LEVELS.indexOf(level)) return;
    const time = new Date(now()).toISOString();
    const line =
      format === 'json' ? JSON.stringify({ time, level: at, message, ...fields }) : asText(time, at, message, fields);
    write(`${line.replaceAll(SECRET, 'tdm…')}\n`);
  }
  return {
    error(error, requestId) {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : undefined;
      const stack = error instanceof Error ? error.stack : String(error);
      say('error', 'failed', { requestId, error: stack, cause });
    },
    request({ method, path, status, ms, requestId, address }) {
      const at = status >= 500 ? 'error' : ms >= SLOW_MS ? 'warn' : path === '/healthz' ? 'debug' : 'info';
      say(at, 'request', { requestId, method, path, status, ms: Math.round(ms * 100) / 100, address });
    },
  };
}

function asText(
  time: string,
  level: LogLevel,
  message: string,
  fields: Readonly<Record<string, string | number | undefined>>,
): string {
  const parts = Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]));
  return [time, level.toUpperCase().padEnd(5), message, ...parts].join(' ');
}
