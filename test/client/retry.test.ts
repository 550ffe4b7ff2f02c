import { ApiError, NetworkError, retryClass, retryDelay, withRetry } from '@tidemark/client';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

const away = new NetworkError('http://x', 'refused');
const refuse = (code: 'invalid_request' | 'conflict' | 'stale_attempt' | 'unavailable' | 'internal', status: number) =>
  new ApiError({ code, status, message: code });

describe('retryClass', () => {
  test.each([
    [away, 'retry'],
    [refuse('unavailable', 503), 'retry'],
    [refuse('internal', 500), 'retry'],
    [refuse('stale_attempt', 409), 'abandon'],
    [refuse('conflict', 409), 'abandon'],
    [refuse('invalid_request', 400), 'fail'],
    [new TypeError('a bug'), 'fail'],
  ] as const)('%s → %s', (error, expected) => expect(retryClass(error)).toBe(expected));
});

describe('retryDelay', () => {
  test('stays within the doubling window, and never below what the server asks', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        fc.integer({ min: 1, max: 2000 }),
        fc.option(fc.integer({ min: 0, max: 600 }), { nil: undefined }),
        (u, attempt, retryAfter) => {
          const error = new ApiError({ code: 'unavailable', status: 503, message: '', retryAfter });
          const delay = retryDelay(error, attempt, { rng: () => u, baseMs: 100, capMs: 30_000 });
          const asked = (retryAfter ?? 0) * 1000;
          expect(delay).toBeGreaterThanOrEqual(asked);
          expect(delay).toBeLessThanOrEqual(asked + Math.min(30_000, 100 * 2 ** Math.min(attempt - 1, 30)));
        },
      ),
    );
  });
});

describe('withRetry', () => {
  const clock = () => {
    const slept: number[] = [];
    return { slept, rng: () => 0.5, sleep: async (ms: number) => void slept.push(ms) };
  };

  test('repeats what may succeed, with growing pauses', async () => {
    const { slept, ...options } = clock();
    const answer = await withRetry(
      async (attempt) => {
        if (attempt < 4) throw away;
        return attempt;
      },
      { ...options, baseMs: 100 },
    );
    expect(answer).toBe(4);
    expect(slept).toEqual([50, 100, 200]);
  });

  test('gives up at once on what will not, and after its attempts on what might', async () => {
    const { slept, ...options } = clock();
    let calls = 0;
    const failing = (error: Error) => async () => {
      calls++;
      throw error;
    };
    await expect(withRetry(failing(refuse('stale_attempt', 409)), options)).rejects.toMatchObject({ status: 409 });
    expect(calls).toBe(1);
    await expect(withRetry(failing(away), { ...options, attempts: 3 })).rejects.toBe(away);
    expect(calls).toBe(4);
    expect(slept).toHaveLength(2);
  });

  test('an abort during the pause ends it', async () => {
    const stop = new AbortController();
    const sleep = async (_: number, signal?: AbortSignal) => {
      stop.abort(new Error('enough'));
      signal?.throwIfAborted();
    };
    const running = withRetry(() => Promise.reject(away), { rng: Math.random, sleep, signal: stop.signal });
    await expect(running).rejects.toThrow('enough');
  });
});
