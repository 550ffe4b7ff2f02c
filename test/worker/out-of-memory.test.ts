import { smallerBatch } from '@tidemark/training/smaller-batch';
import { deathOf, oomKills, peakMemory } from '@tidemark/worker/memory';
import { type Death, ranOutOfMemory } from '@tidemark/worker/ran-out-of-memory';
import type { TrainerProcess } from '@tidemark/worker/trainer-process';
import { describe, expect, test } from 'vitest';

const GIB = 2 ** 30;
const death = (part: Partial<Death>): Death => ({
  exit: { code: null, signal: 'SIGKILL' },
  errorOutput: '',
  killed: false,
  oomKills: { before: 3, after: 4 },
  peak: 12 * GIB,
  limit: 16 * GIB,
  ...part,
});

describe('a process that died ran out of memory', () => {
  test.each([
    ['the kernel ended something while it held most of it', {}, true],
    ['the kernel ended nothing: somebody killed it', { oomKills: { before: 3, after: 3 } }, false],
    ['the kernel ended something, but it held little', { peak: GIB }, false],
    ['this worker killed it, while the kernel ended something', { killed: true }, false],
    ['there is no counter, and it held nearly all', { oomKills: { before: null, after: null }, peak: 15 * GIB }, true],
    ['there is no counter, and it held some', { oomKills: { before: null, after: null } }, false],
    ['nothing is known of what it held', { peak: null }, false],
    [
      'it said so: C++',
      { exit: { code: null, signal: 'SIGABRT' }, errorOutput: "throwing an instance of 'std::bad_alloc'" },
      true,
    ],
    [
      'it said so: V8',
      { exit: { code: null, signal: 'SIGABRT' }, errorOutput: 'FATAL ERROR: … JavaScript heap out of memory' },
      true,
    ],
    ['it crashed', { exit: { code: null, signal: 'SIGSEGV' } }, false],
    ['it ended with an error', { exit: { code: 1, signal: null }, errorOutput: 'Error: no' }, false],
  ] as const)('%s', (_, part, expected) => {
    expect(ranOutOfMemory(death(part as Partial<Death>))).toBe(expected);
  });
});

test.runIf(process.platform === 'linux')('the system is asked for its counter and for what a process holds', () => {
  expect(oomKills()).toBeGreaterThanOrEqual(0);
  const own = peakMemory(process.pid)!;
  expect(own).toBeGreaterThanOrEqual(process.memoryUsage().rss * 0.9);
  expect(peakMemory(2 ** 30)).toBeNull();
  const trainer = { errorOutput: '', killed: false, peak: own, oomKillsBefore: oomKills() } as TrainerProcess;
  expect(deathOf(trainer, { code: null, signal: 'SIGKILL' })).toMatchObject({
    peak: own,
    oomKills: { before: oomKills() },
  });
  expect(deathOf(trainer, { code: 0, signal: null }).limit).toBeGreaterThan(own);
});

test('a smaller batch is suggested, and how to train the same with it', () => {
  expect(smallerBatch({ data: { batch_size: 33, image_size: [180, 200] } })).toBe(
    'The batch is 33 images of 180×200. Try `data.batch_size: 16`; with `optimizer.gradient_accumulation_steps: 3` the weights still follow 33 images at a time.',
  );
  expect(smallerBatch({ data: { batch_size: 1 } })).toContain('a single image');
  expect(smallerBatch(undefined)).toBe('Use a smaller data.batch_size.');
});
