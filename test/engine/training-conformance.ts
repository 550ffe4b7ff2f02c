import { readFileSync } from 'node:fs';
import { Loss } from '@tidemark/training/config/loss';
import { OptimizerConfig } from '@tidemark/training/config/optimizer';
import { LayerSpec } from '@tidemark/training/layers/spec';
import type { Batch, Engine, ModelState } from '@tidemark/worker/engine/engine';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { uniform, uniforms } from './numbers.ts';
import { type Net, product, relativeError, withSession } from './setup.ts';

const Tensors = z.array(z.object({ name: z.string(), dims: z.array(z.number()), data: z.string() }));
const Evaluation = z.object({ loss: z.number(), probabilities: z.string() });
const Fixtures = z.object({
  cases: z.array(
    z.object({
      name: z.string(),
      layers: z.array(LayerSpec),
      input: z.tuple([z.number(), z.number(), z.number()]),
      loss: Loss,
      optimizer: OptimizerConfig,
      batches: z.array(z.number()),
      labels: z.enum(['hard', 'soft', 'real']).default('hard'),
      weighted: z.boolean().default(false),
      losses: z.array(z.number()),
      evaluation: Evaluation,
      weights: Tensors,
      averages: Tensors.optional(),
      averageEvaluation: Evaluation.optional(),
    }),
  ),
});
type Fixture = z.output<typeof Fixtures>['cases'][number];

const file = new URL('fixtures/training.json', import.meta.url);
const fixtures = Fixtures.parse(JSON.parse(readFileSync(file, 'utf8'))).cases;

const decode = (base64: string): Float32Array =>
  new Float32Array(Uint8Array.from(Buffer.from(base64, 'base64')).buffer);

/** As make_training.py makes them. */
function labelsOf({ labels: kind, loss }: Fixture, step: number, count: number, outputs: number): Float32Array {
  const u = uniforms(50 + step, count * outputs);
  if (kind === 'real') return u.map((v) => 4 * v - 2);
  const out = new Float32Array(u.length);
  for (let i = 0; i < count; i++) {
    const row = u.subarray(i * outputs, (i + 1) * outputs);
    const sum = row.reduce((a, b) => a + b, 0);
    if (kind === 'soft') out.set(outputs > 1 ? row.map((v) => v / sum) : row, i * outputs);
    else if (loss.name.startsWith('categorical')) out[i * outputs + row.indexOf(Math.max(...row))] = 1;
    else
      out.set(
        row.map((v) => Math.floor(2 * v)),
        i * outputs,
      );
  }
  return out;
}

function batchOf(fixture: Fixture, step: number, outputs: number): Batch {
  const count = fixture.batches[step]!;
  return {
    images: uniforms(1 + step, count * product(fixture.input)),
    labels: labelsOf(fixture, step, count, outputs),
    count,
    ...(fixture.weighted ? { weights: uniforms(70 + step, count).map((v) => 2 * v) } : {}),
  };
}

/** Initial weights, and averages that start as they do. */
function fill({ weights }: Fixture, { tensors }: ModelState): void {
  weights.forEach(({ name, dims }, i) => {
    const { data } = tensors[name]!;
    const kind = name.split('/').at(-1);
    const spread = Math.sqrt(3 / product(dims.slice(0, -1)));
    for (let k = 0; k < data.length; k++) {
      const u = uniform(100 + i, k);
      if (kind === 'kernel') data[k] = (2 * u - 1) * spread;
      else if (kind === 'gamma' || kind === 'moving_variance') data[k] = 0.75 + u / 2;
      else data[k] = (u - 0.5) / 5;
    }
  });
}

async function check(engine: Engine, fixture: Fixture): Promise<void> {
  const net: Net = { ...fixture, batchSize: Math.max(...fixture.batches) };
  const outputs = decode(fixture.evaluation.probabilities).length / fixture.batches[0]!;
  const rate = fixture.optimizer.learning_rate as number;
  await withSession(engine, net, async (session) => {
    const state = await session.state();
    fill(fixture, state);
    await session.load(state);
    for (const [step, expected] of fixture.losses.entries()) {
      const { loss } = await session.step(batchOf(fixture, step, outputs), { learningRate: rate * (1 - step / 10) });
      expect(loss, `loss of step ${step}`).toBeCloseTo(expected, 5);
    }
    const after = await session.state();
    for (const { name, data } of fixture.weights) {
      expect(relativeError(after.tensors[name]!.data, decode(data), 0.1), name).toBeLessThan(2e-5);
    }
    for (const { name, data } of fixture.averages ?? []) {
      expect(relativeError(after.tensors[`${name}/ema`]!.data, decode(data), 0.1), `${name}/ema`).toBeLessThan(2e-5);
    }
    for (const ema of [false, true]) {
      const expected = ema ? fixture.averageEvaluation : fixture.evaluation;
      if (!expected) continue;
      const { loss, probabilities } = await session.evaluate(batchOf(fixture, 0, outputs), { ema });
      expect(loss, ema ? 'loss of the averages' : 'loss').toBeCloseTo(expected.loss, 5);
      expect(relativeError(probabilities, decode(expected.probabilities))).toBeLessThan(2e-5);
    }
  });
}

/** Optimizers with all their arguments, losses, regularisers and frozen layers, as real Keras has them. */
export function trainingConformance(name: string, engine: Engine, suits: (fixture: Fixture) => boolean = () => true) {
  describe(`${name}: trains as Keras`, () => {
    test.each(fixtures.filter(suits).map((c) => [c.name, c] as const))('%s', (_, fixture) => check(engine, fixture));
  });
}
