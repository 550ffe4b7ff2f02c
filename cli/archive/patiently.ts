import { setTimeout as delay } from 'node:timers/promises';
import { withRetry } from '@tidemark/client';

/** A call that may be made again: a server that is away for a moment does not end a long transfer. */
export const patiently = <T>(operation: () => Promise<T>): Promise<T> =>
  withRetry(operation, {
    sleep: (ms, signal) => delay(ms, undefined, signal ? { signal } : {}),
    rng: Math.random,
    attempts: 5,
  });
