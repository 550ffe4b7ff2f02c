import { type Condition, type Guards, guards } from '@tidemark/db/fence';
import { describe, expect, test } from 'vitest';
import { playSchedule, type Violation } from './lease-model.ts';

/** TIDEMARK_TEST_SEED moves the whole range; a failure names its seed. */
const FIRST = Number(process.env.TIDEMARK_TEST_SEED ?? 1);
const SEEDS = Number(process.env.TIDEMARK_LEASE_SEEDS ?? 40);
/** A weakening that survives this many schedules is not caught. */
const PATIENCE = 400;

test(
  `${SEEDS} random schedules: history exactly once and one lineage, a run ends once, nothing stale is written`,
  async () => {
    for (let seed = FIRST; seed < FIRST + SEEDS; seed++) expect(await playSchedule(seed)).toBeNull();
  },
  30_000 + 3000 * SEEDS,
);

const anybody = ({ run }: { run: string }): Condition => ({ sql: 'live.run = ?', params: [run] });
const always: Condition = { sql: '1 = 1', params: [] };
const unfenced = (...calls: Parameters<Guards['fence']>[1][]): Guards => ({
  ...guards,
  fence: (holder, call) => (calls.includes(call) ? anybody(holder) : guards.fence(holder, call)),
});

const weakenings: [string, Guards][] = [
  ['no fence on metrics', unfenced('log')],
  ['no fence on checkpoint', unfenced('checkpoint')],
  ['no fence on finish', unfenced('finish')],
  ['resume without hiding later points', { ...guards, resumeStep: '(9007199254740991)' }],
  [
    'a checkpoint acknowledged ahead of its metrics',
    { ...guards, through: (seq, call) => (call === 'checkpoint' ? always : guards.through(seq, call)) },
  ],
  [
    'a finish acknowledged ahead of its metrics',
    { ...guards, through: (seq, call) => (call === 'finish' ? always : guards.through(seq, call)) },
  ],
  ['no order check on append', { ...guards, order: () => always }],
];

describe('each weakening of the protocol is caught', () => {
  test.each(weakenings)(
    '%s',
    async (_name, weakened) => {
      let caught: Violation | null = null;
      for (let seed = FIRST; seed < FIRST + PATIENCE && !caught; seed++) caught = await playSchedule(seed, weakened);
      expect(caught).not.toBeNull();
    },
    180_000,
  );
});
