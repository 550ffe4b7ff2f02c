import { readFileSync } from 'node:fs';
import { earlyStopping, type StoppingState, stoppingStart } from '@tidemark/training/callbacks/early-stopping';
import { type EarlyStoppingConfig, EarlyStoppingConfig as Stopping } from '@tidemark/training/config/callbacks';
import { LearningRate, type Schedule, ScheduleConfig } from '@tidemark/training/config/schedule';
import { learningRateAt } from '@tidemark/training/schedule/learning-rate';
import { plateauStart, reduceOnPlateau } from '@tidemark/training/schedule/reduce-on-plateau';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

interface Fixture {
  schedules: { config: Record<string, unknown>; rates: number[] }[];
  callbacks?: (
    | { callback: 'reduce_on_plateau'; args: Record<string, unknown>; values: number[]; rates: number[] }
    | {
        callback: 'early_stopping';
        args: Record<string, unknown>;
        values: number[];
        stopped: number | null;
        best: number;
      }
  )[];
}
const read = (name: string): Fixture =>
  JSON.parse(readFileSync(new URL(`./fixtures/${name}.json`, import.meta.url), 'utf8'));
const keras = read('keras');
const torch = read('torch');
const span = { stepsPerEpoch: 10, totalSteps: 120 };
const named = ({ config, rates }: Fixture['schedules'][number]) => [JSON.stringify(config), config, rates] as const;

describe('rates of each step', () => {
  test.each([...keras.schedules, ...torch.schedules].map(named))('%s', (_, config, rates) => {
    const schedule = ScheduleConfig.parse(config);
    const top = Math.max(...rates);
    rates.forEach((rate, step) => {
      // float32, and in Keras through a logarithm: at the very ends of restarts it may fall on the other side.
      expect(Math.abs(learningRateAt(schedule, step, span) - rate), `step ${step}`).toBeLessThan(2e-6 * top);
    });
  });

  test('a number is itself at every step', () => {
    expect(learningRateAt(LearningRate.parse(0.003), 77, span)).toBe(0.003);
  });

  test('lengths in epochs are those in steps', () => {
    const both = (a: object, b: object) => {
      for (let step = 0; step < 150; step++) {
        const [x, y] = [a, b].map((config) => learningRateAt(ScheduleConfig.parse(config), step, span));
        expect(x).toBe(y);
      }
    };
    const cosine = { schedule: 'cosine', warmup_target: 0.01 };
    both({ ...cosine, warmup_epochs: 2, decay_epochs: 5.5 }, { ...cosine, warmup_steps: 20, decay_steps: 55 });
    both({ ...cosine, warmup_epochs: 2 }, { ...cosine, warmup_steps: 20, decay_steps: 100 }); // the rest of the run
    both({ schedule: 'polynomial' }, { schedule: 'polynomial', decay_steps: 120 });
    both(
      { schedule: 'cosine_restarts', first_decay_epochs: 3 },
      { schedule: 'cosine_restarts', first_decay_steps: 30 },
    );
  });
});

const anySchedule = fc.oneof(
  fc.record({
    schedule: fc.constant('cosine'),
    initial_learning_rate: fc.double({ min: 1e-6, max: 1, noNaN: true }),
    alpha: fc.double({ min: 0, max: 1, noNaN: true }),
    warmup_target: fc.double({ min: 1e-6, max: 1, noNaN: true }),
    warmup_steps: fc.nat(60),
  }),
  fc.record({
    schedule: fc.constant('one_cycle'),
    max_lr: fc.double({ min: 1e-6, max: 1, noNaN: true }),
    pct_start: fc.double({ min: 0.01, max: 0.99, noNaN: true }),
    anneal_strategy: fc.constantFrom('cos', 'linear'),
    three_phase: fc.boolean(),
  }),
  fc.record({
    schedule: fc.constant('cosine_restarts'),
    initial_learning_rate: fc.double({ min: 1e-6, max: 1, noNaN: true }),
    first_decay_steps: fc.integer({ min: 1, max: 40 }),
    t_mul: fc.double({ min: 1, max: 3, noNaN: true }),
    m_mul: fc.double({ min: 0.1, max: 1, noNaN: true }),
  }),
  fc.record({
    schedule: fc.constant('polynomial'),
    initial_learning_rate: fc.double({ min: 1e-3, max: 1, noNaN: true }),
    power: fc.double({ min: 0.1, max: 4, noNaN: true }),
    cycle: fc.boolean(),
    decay_steps: fc.integer({ min: 1, max: 200 }),
  }),
);

test('no schedule leaves the range of its own rates, and every rate is finite', () => {
  fc.assert(
    fc.property(anySchedule, fc.nat(400), (config, step) => {
      const schedule = ScheduleConfig.parse(config);
      const all = schedule as unknown as Record<string, number>;
      const top = Math.max(all.initial_learning_rate ?? 0, all.warmup_target ?? 0, all.max_lr ?? 0);
      const rate = learningRateAt(schedule, step, span);
      expect(rate).toBeGreaterThanOrEqual(0);
      expect(rate).toBeLessThanOrEqual(top * (1 + 1e-12));
    }),
  );
});

const plateau = (args: object) =>
  ScheduleConfig.parse({
    schedule: 'reduce_on_plateau',
    initial_learning_rate: 0.01,
    ...args,
  }) as Schedule<'reduce_on_plateau'>;

describe('callbacks, epoch by epoch as real Keras', () => {
  for (const fixture of keras.callbacks ?? []) {
    test(`${fixture.callback} ${JSON.stringify(fixture.args)}`, () => {
      if (fixture.callback === 'reduce_on_plateau') {
        const schedule = plateau(fixture.args);
        let state = plateauStart(schedule);
        const rates = fixture.values.map((value) => {
          state = reduceOnPlateau(schedule, state, value);
          return learningRateAt(schedule, 0, span, state);
        });
        for (const [epoch, rate] of rates.entries()) {
          expect(rate, `epoch ${epoch}`).toBeCloseTo(fixture.rates[epoch]!, 8);
        }
        expect(new Set(rates).size).toBeGreaterThan(1);
      } else expect(stops(Stopping.parse(fixture.args), fixture.values)).toEqual([fixture.stopped, fixture.best + 1]);
    });
  }
});

function stops(config: EarlyStoppingConfig, values: readonly number[]): [number | null, number] {
  let state: StoppingState = stoppingStart;
  for (const [epoch, value] of values.entries()) {
    const after = earlyStopping(config, state, epoch, value);
    state = after.state;
    if (after.stop) return [epoch, state.bestEpoch];
  }
  return [null, state.bestEpoch];
}

test('a NaN is never an improvement, and a value after it is one', () => {
  expect(stops(Stopping.parse({ patience: 2 }), [Number.NaN, 0.5, Number.NaN, 0.4, 0.6, 0.7])).toEqual([5, 4]);
});
