import { createHash } from 'node:crypto';
import { OptimizerConfig } from '@tidemark/training/config/optimizer';
import { learningRateAt } from '@tidemark/training/schedule/learning-rate';
import { createOnnxEngine } from '@tidemark/worker/engine/onnx/engine';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type * as z from 'zod';
import { type Layers, makeBatch, type Net, withSession } from './setup.ts';

// A run that was stopped anywhere and resumed ends with the bytes of one that was not, whatever the optimizer remembers, on any
// number of threads. Of whole processes that are killed, test/faults tells.

const BATCHES = [5, 5, 4, 5, 5, 5, 4];

const head: Layers = [
  { type: 'Flatten' },
  { type: 'Dropout', rate: 0.4 },
  { type: 'Dense', units: 70, activation: 'relu', kernel_regularizer: { l1: 1e-4, l2: 1e-3 } },
  { type: 'Dense', units: 3, activation: 'softmax' },
];
/** Wide enough that ONNX Runtime would share one tensor's sums among threads, if it ever did. */
const wide: Layers = [{ type: 'Conv2D', filters: 16, kernel_size: 3, activation: 'relu' }, ...head];
const normalized: Layers = [
  { type: 'Conv2D', filters: 16, kernel_size: 3 },
  { type: 'BatchNormalization', momentum: 0.8 },
  { type: 'Activation', activation: 'relu' },
  ...head,
];

type Choice = z.input<typeof OptimizerConfig>;

const schedule = {
  schedule: 'cosine',
  initial_learning_rate: 0,
  warmup_target: 0.01,
  warmup_steps: 3,
  decay_steps: 4,
} as const;
const EVERYTHING = {
  learning_rate: schedule,
  weight_decay: 0.1,
  exclude_from_weight_decay: ['bias'],
  global_clipnorm: 0.5,
  use_ema: true,
  ema_momentum: 0.7,
  ema_overwrite_frequency: 2,
  gradient_accumulation_steps: 2,
};
const OPTIMIZERS: readonly Choice[] = [
  { name: 'RMSprop', momentum: 0.9, centered: true, ...EVERYTHING },
  { name: 'Adam', amsgrad: true, ...EVERYTHING },
  { name: 'AdamW', ...EVERYTHING },
  { name: 'SGD', momentum: 0.9, nesterov: true, ...EVERYTHING },
  { name: 'Lion', ...EVERYTHING },
];

interface Run {
  optimizer: Choice;
  layers: Layers;
  parts: 1 | 2;
  /** Steps that each session does, and on how many threads. */
  sessions: readonly { steps: number; threads: number }[];
}

async function bytesOf({ optimizer, layers, parts, sessions }: Run): Promise<{ state: string[]; losses: number[] }> {
  const engine = createOnnxEngine({ parts });
  const span = { stepsPerEpoch: BATCHES.length, totalSteps: BATCHES.length };
  const rate = OptimizerConfig.parse(optimizer).learning_rate;
  const losses: number[] = [];
  let saved: Awaited<ReturnType<Parameters<Parameters<typeof withSession>[2]>[0]['state']>> | null = null;
  let at = 0;
  for (const { steps, threads } of sessions) {
    const net: Net = {
      layers,
      input: [17, 16, 2],
      loss: { name: 'categorical_crossentropy', label_smoothing: 0.1 },
      optimizer,
      batchSize: 5,
      seed: 3,
      threads,
    };
    saved = await withSession(engine, net, async (session) => {
      if (saved) await session.load(saved);
      for (const end = at + steps; at < end; at++) {
        const batch = { ...makeBatch(net, 3, BATCHES[at]!, 20 + at), weights: Float32Array.of(1, 0.5, 2, 1, 0.25) };
        const { loss } = await session.step(batch, { learningRate: learningRateAt(rate, at, span) });
        losses.push(loss);
      }
      const evaluated = await session.evaluate(makeBatch(net, 3, 5, 90), { ema: net.optimizer?.use_ema === true });
      losses.push(evaluated.loss);
      return session.state();
    });
  }
  // Digests: a failure should say which tensors differ, not print them.
  const state = Object.entries(saved!.tensors).map(([name, { data }]) => {
    const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    return `${name} ${createHash('sha256').update(bytes).digest('hex').slice(0, 16)}`;
  });
  return { state, losses };
}

const whole = (threads: number) => [{ steps: BATCHES.length, threads }];

describe('resumed in the middle of an accumulation, with everything an optimizer can remember', () => {
  test.each(OPTIMIZERS.map((optimizer) => [optimizer.name, optimizer] as const))('%s', async (_, optimizer) => {
    const run: Omit<Run, 'sessions'> = { optimizer, layers: normalized, parts: 1 };
    const straight = await bytesOf({ ...run, sessions: whole(1) });
    expect(straight.losses.every(Number.isFinite)).toBe(true);
    const resumed = await bytesOf({
      ...run,
      sessions: [
        { steps: 3, threads: 2 },
        { steps: 4, threads: 1 },
      ],
    });
    expect(resumed.state).toEqual(straight.state);
    expect(resumed.losses.at(-1)).toBe(straight.losses.at(-1));
    expect((await bytesOf({ ...run, sessions: whole(2) })).state).toEqual(straight.state);
  });

  test.each(OPTIMIZERS.map((optimizer) => [optimizer.name, optimizer] as const))(
    '%s, in halves',
    async (_, optimizer) => {
      const run: Omit<Run, 'sessions'> = { optimizer, layers: wide, parts: 2 };
      const straight = await bytesOf({ ...run, sessions: whole(2) });
      const resumed = await bytesOf({
        ...run,
        sessions: [
          { steps: 3, threads: 1 },
          { steps: 1, threads: 2 },
          { steps: 3, threads: 1 },
        ],
      });
      expect(resumed.state).toEqual(straight.state);
      expect(resumed.losses.at(-1)).toBe(straight.losses.at(-1));
    },
  );
});

const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const choice: fc.Arbitrary<Choice> = fc
  .record({
    own: fc.constantFrom<Choice>(...OPTIMIZERS.map(({ name }) => ({ name }) as Choice), { name: 'SGD', momentum: 0.9 }),
    weight_decay: maybe(fc.constantFrom(0.01, 0.5)),
    clip: fc.constantFrom({}, { clipnorm: 0.1 }, { clipvalue: 0.01 }, { global_clipnorm: 0.3 }),
    use_ema: fc.boolean(),
    overwrite: maybe(fc.integer({ min: 1, max: 3 })),
    gradient_accumulation_steps: maybe(fc.integer({ min: 2, max: 4 })),
  })
  .map(({ own, clip, weight_decay, overwrite, gradient_accumulation_steps, use_ema }) => ({
    ...own,
    ...clip,
    use_ema,
    ...(weight_decay === undefined ? {} : { weight_decay }),
    ...(overwrite === undefined || !use_ema ? {} : { ema_overwrite_frequency: overwrite }),
    ...(gradient_accumulation_steps === undefined ? {} : { gradient_accumulation_steps }),
  }));

const RUNS = Number(process.env.TIDEMARK_PROPERTY_RUNS ?? 3);

test('any optimizer, stopped anywhere', async () => {
  const threads = fc.constantFrom(1, 2);
  // fast-check prints the seed and the smallest failing run.
  await fc.assert(
    fc.asyncProperty(
      choice,
      fc.integer({ min: 0, max: BATCHES.length }),
      fc.tuple(threads, threads, threads),
      fc.boolean(),
      async (optimizer, stop, [a, b, c], halved) => {
        const run = { optimizer, layers: halved ? wide : normalized, parts: halved ? 2 : 1 } as const;
        const straight = await bytesOf({ ...run, sessions: whole(a) });
        const sessions = [
          { steps: stop, threads: b },
          { steps: BATCHES.length - stop, threads: c },
        ];
        expect((await bytesOf({ ...run, sessions })).state).toEqual(straight.state);
      },
    ),
    { numRuns: RUNS },
  );
}, 600_000);
