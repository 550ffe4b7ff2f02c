import { createTimer } from '@tidemark/api/node/timer';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

describe('the timer of a project', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());
  const now = () => Date.now();

  test('the earliest time asked for counts', async () => {
    const runs: number[] = [];
    const start = now();
    const timer = createTimer(
      now,
      async () => void runs.push(now() - start),
      () => {},
    );
    timer.schedule(start + 5000);
    timer.schedule(start + 1000);
    timer.schedule(start + 3000);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(runs).toEqual([1000]);
  });

  test('a run may ask for the next; a wait of a month is no overflow', async () => {
    const runs: number[] = [];
    const start = now();
    const month = 30 * 86_400_000;
    const timer = createTimer(
      now,
      async () => {
        runs.push(now() - start);
        if (runs.length < 2) timer.schedule(start + month);
      },
      () => {},
    );
    timer.schedule(start);
    await vi.advanceTimersByTimeAsync(month - 1);
    expect(runs).toEqual([0]);
    await vi.advanceTimersByTimeAsync(1);
    expect(runs).toEqual([0, month]);
  });

  test('a failure is told and tried again half a minute later', async () => {
    const errors: unknown[] = [];
    let runs = 0;
    const timer = createTimer(
      now,
      async () => {
        if (runs++ === 0) throw new Error('busy');
      },
      (error) => errors.push(error),
    );
    timer.schedule(now());
    await vi.advanceTimersByTimeAsync(29_999);
    expect([runs, errors.length]).toEqual([1, 1]);
    await vi.advanceTimersByTimeAsync(1);
    expect([runs, errors.length]).toEqual([2, 1]);
  });

  test('stopping waits for what runs', async () => {
    let finish = (): void => {};
    let ended = false;
    const timer = createTimer(
      now,
      async () => {
        await new Promise<void>((resolve) => {
          finish = resolve;
        });
        ended = true;
      },
      () => {},
    );
    timer.schedule(now());
    await vi.advanceTimersByTimeAsync(0);
    const stopped = timer.stop().then(() => ended);
    finish();
    expect(await stopped).toBe(true);
  });

  test('stopped is stopped', async () => {
    let runs = 0;
    const timer = createTimer(
      now,
      async () => void runs++,
      () => {},
    );
    timer.schedule(now() + 10);
    await timer.stop();
    timer.schedule(now());
    await vi.advanceTimersByTimeAsync(1000);
    expect(runs).toBe(0);
  });
});
