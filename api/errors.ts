import { DatabaseError } from '@tidemark/db/database';
import { BlobUnavailableError } from './blobs/store.ts';
import { ERRORS, type ErrorBody, type ErrorCode, type Issue } from './contract/errors.ts';

/** An error that a client may read. Verbs throw it; `createApp` turns it into the reply. */
export class ApiError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly details: Issue[] | undefined;
  /** Seconds until a retry makes sense. */
  readonly retryAfter: number | undefined;
  constructor(code: ErrorCode, message: string, more: { hint?: string; details?: Issue[]; retryAfter?: number } = {}) {
    super(message);
    this.name = 'ApiError';
    this.code = code;
    this.hint = more.hint;
    this.details = more.details;
    this.retryAfter = more.retryAfter;
  }
}

export const notFound = (what: string): ApiError => new ApiError('not_found', `There is no ${what}.`);

/** One bad value at one place of the request. */
export const invalid = (path: Issue['path'], message: string, more: Omit<Issue, 'path' | 'message'> = {}): ApiError =>
  new ApiError('invalid_request', message, { details: [{ path, message, ...more }] });

export const staleAttempt = (): ApiError =>
  new ApiError('stale_attempt', 'This attempt does not hold the run any more.', {
    hint: 'Stop writing it; another attempt has it, or it ended.',
  });

/** The reply to any exception. What is not ours to show becomes a fixed text. */
export function errorReply(
  error: unknown,
  requestId: string,
): { status: number; body: ErrorBody; retryAfter?: number } {
  const known = error instanceof ApiError ? error : underneath(error);
  return {
    status: ERRORS[known.code].status,
    body: {
      error: {
        code: known.code,
        message: known.message,
        ...(known.hint === undefined ? {} : { hint: known.hint }),
        ...(known.details === undefined ? {} : { details: known.details }),
        requestId,
      },
    },
    ...(known.retryAfter === undefined ? {} : { retryAfter: known.retryAfter }),
  };
}

function underneath(error: unknown): ApiError {
  if (error instanceof DatabaseError && error.kind === 'busy') {
    return new ApiError('unavailable', 'The database is busy; try again.', { retryAfter: 1 });
  }
  if (error instanceof BlobUnavailableError) {
    return new ApiError('unavailable', 'The store of artifacts does not answer; try again.', { retryAfter: 5 });
  }
  if (error instanceof DatabaseError && error.kind === 'too_large') {
    return new ApiError('too_large', 'A value is larger than the database holds (2 MB).');
  }
  return new ApiError('internal', 'Something went wrong on the server. The request id finds it in its log.');
}
