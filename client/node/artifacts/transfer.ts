import { setTimeout as delay } from 'node:timers/promises';
import { withRetry } from '../../retry.ts';

export interface TransferOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told of bytes that need not be moved any more: moved, or found to be there. */
  readonly onBytes?: ((count: number) => void) | undefined;
  /** Uniform in [0, 1): spreads retries. */
  readonly rng: () => number;
  /** Tries of each call before it is given up; each waits longer than the one before. */
  readonly attempts?: number | undefined;
}

/** A call that is made again while the server or the line is away. */
export const persist = <T>({ signal, rng, attempts = 8 }: TransferOptions, call: () => Promise<T>): Promise<T> =>
  withRetry(call, {
    sleep: (ms, stop) => delay(ms, undefined, stop ? { signal: stop } : {}).then(() => {}),
    rng,
    attempts,
    ...(signal ? { signal } : {}),
  });
