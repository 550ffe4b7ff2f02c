import { ApiError, NetworkError } from './errors.ts';

/**
 * What to do with a failed call. `retry`: the same call may succeed later (no answer, 429, 5xx). `abandon`: somebody else holds
 * what this caller thought was its own (409). `fail`: the call is wrong and stays wrong (other 4xx, and anything not from a call).
 */
export type RetryClass = 'retry' | 'abandon' | 'fail';

export function retryClass(error: unknown): RetryClass {
  if (error instanceof NetworkError) return 'retry';
  if (!(error instanceof ApiError)) return 'fail';
  if (error.retry) return 'retry';
  return error.status === 409 ? 'abandon' : 'fail';
}

export interface RetryOptions {
  /** Resolves after so many milliseconds; rejects with the signal's reason when it is aborted. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /** Uniform in [0, 1). */
  rng(): number;
  /** The first delay's upper end; doubles with each failure. */
  baseMs?: number;
  capMs?: number;
  /** Calls in all; without, as long as it takes. */
  attempts?: number;
  signal?: AbortSignal;
  /** Told before each pause. */
  onRetry?(error: unknown, attempt: number, delayMs: number): void;
  /** Whether this failure is worth another try; `retryClass` unless said otherwise. */
  classify?(error: unknown): RetryClass;
}

/**
 * Milliseconds to wait after failure number `attempt` (from 1): full jitter, uniform in [0, min(cap, base·2^(attempt−1))),
 * as in "Exponential Backoff And Jitter" (AWS Architecture Blog, 2015). A server's Retry-After is waited out in full
 * before the jitter, so that waiting clients do not return all at once.
 */
export function retryDelay(
  error: unknown,
  attempt: number,
  { rng, baseMs = 500, capMs = 30_000 }: Pick<RetryOptions, 'rng' | 'baseMs' | 'capMs'>,
): number {
  const jitter = rng() * Math.min(capMs, baseMs * 2 ** Math.min(attempt - 1, 30));
  const asked = error instanceof ApiError ? (error.retryAfter ?? 0) * 1000 : 0;
  return asked + jitter;
}

/** Calls until it succeeds, is not worth repeating, has used its attempts, or is aborted. Throws the last failure. */
export async function withRetry<T>(operation: (attempt: number) => Promise<T>, options: RetryOptions): Promise<T> {
  const { sleep, attempts = Number.POSITIVE_INFINITY, signal, onRetry, classify = retryClass } = options;
  for (let attempt = 1; ; attempt++) {
    signal?.throwIfAborted();
    try {
      return await operation(attempt);
    } catch (error) {
      if (classify(error) !== 'retry' || attempt >= attempts || signal?.aborted) throw error;
      const delay = retryDelay(error, attempt, options);
      onRetry?.(error, attempt, delay);
      await sleep(delay, signal);
    }
  }
}
