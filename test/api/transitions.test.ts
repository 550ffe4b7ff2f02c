import { RunStatus } from '@tidemark/api/contract/runs';
import { isTerminal, type Outcome, statusAfter, transitions } from '@tidemark/api/runs/transitions';
import { describe, expect, test } from 'vitest';

const outcomes: Outcome[] = ['finished', 'failed', 'pruned', 'cancelled'];

test('terminal is final, and everything else leads somewhere terminal', () => {
  const ends = RunStatus.options.filter(isTerminal);
  expect(ends).toEqual(['finished', 'pruned', 'failed', 'cancelled']);
  const reached = new Set(['queued']);
  for (const status of reached) for (const next of transitions[status as keyof typeof transitions]) reached.add(next);
  expect([...reached].toSorted()).toEqual(RunStatus.options.toSorted());
});

describe.each(['running', 'cancelling'] as const)('from %s', (status) => {
  test.each(outcomes)('%s leads only where the table allows', (outcome) => {
    for (const failures of [0, 1, 2]) {
      for (const maxRetries of [0, 1, 2])
        expect(transitions[status]).toContain(statusAfter(status, outcome, { failures, maxRetries }));
    }
  });
});

test('while cancelling only a finish wins; a failure is tried again as often as the config says', () => {
  expect(statusAfter('cancelling', 'finished', { failures: 0, maxRetries: 9 })).toBe('finished');
  expect(statusAfter('cancelling', 'failed', { failures: 0, maxRetries: 9 })).toBe('cancelled');
  expect([0, 1, 2].map((failures) => statusAfter('running', 'failed', { failures, maxRetries: 2 }))).toEqual([
    'queued',
    'queued',
    'failed',
  ]);
});
