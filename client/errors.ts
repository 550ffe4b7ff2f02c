import { ERRORS, type ErrorCode, type Issue } from '@tidemark/api/contract/errors';

/** The server answered, and said no. Callers branch on `code` alone. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: ErrorCode;
  /** The HTTP status; 0 when the answer itself could not be understood. */
  readonly status: number;
  /** What to do about it, where the server knows. */
  readonly hint: string | undefined;
  /** Each thing that is wrong with a refused document. */
  readonly details: readonly Issue[];
  readonly requestId: string | undefined;
  /** Whether the same request may succeed later. */
  readonly retry: boolean;
  /** Seconds the server asks to wait, when it does. */
  readonly retryAfter: number | undefined;

  constructor(error: {
    code: ErrorCode;
    status: number;
    message: string;
    hint?: string | undefined;
    details?: readonly Issue[] | undefined;
    requestId?: string | undefined;
    retry?: boolean | undefined;
    retryAfter?: number | undefined;
  }) {
    super(error.message);
    this.code = error.code;
    this.status = error.status;
    this.hint = error.hint;
    this.details = error.details ?? [];
    this.requestId = error.requestId;
    this.retry = error.retry ?? ERRORS[error.code].retry;
    this.retryAfter = error.retryAfter;
  }
}

/** No answer came: unknown host, refused connection, time-out, broken reply. Whether the request took effect is unknown. */
export class NetworkError extends Error {
  override readonly name = 'NetworkError';
  readonly retry = true;
  readonly url: string;

  constructor(url: string, reason: string, options?: ErrorOptions) {
    super(`No answer from ${url}: ${reason}`, options);
    this.url = url;
  }
}
