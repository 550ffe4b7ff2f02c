import { readFileSync } from 'node:fs';
import { MetricsConfig } from '@tidemark/training/config/metrics';
import { createMetric, metricsOf } from '@tidemark/training/metrics/create';
import { keyNames } from '@tidemark/training/metrics/keys';
import type { Mode, Outputs, Predictions } from '@tidemark/training/metrics/metric';
import { averagePrecision, curves, rocArea } from '@tidemark/training/metrics/ranking';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

interface Case {
  mode: Mode;
  rows: number;
  outputs: number;
  labels: number[];
  said: number[];
  want: Record<string, number>;
}
const cases: Case[] = JSON.parse(readFileSync(new URL('./fixtures/metrics.json', import.meta.url), 'utf8'));

const every: Record<Mode, MetricsConfig> = {
  binary: ['auc', 'precision', 'recall', 'f1'],
  categorical: ['auc', 'precision', 'recall', 'f1', { top_k_categorical_accuracy: { k: 2 } }],
  multi_label: ['auc', 'precision', 'recall', 'f1'],
  regression: ['mse', 'rmse', 'r2'],
};
const outputsOf = ({ mode, outputs }: Case): Outputs => ({
  mode,
  classes: 'abcd'.slice(0, mode === 'binary' ? 2 : outputs).split(''),
  count: outputs,
});

/** In batches of `size`; with a state written out and read into a fresh metric after batch `stop`. */
function measure(one: Case, config: MetricsConfig, size: number, stop = -1): Record<string, number> {
  const outputs = outputsOf(one);
  const make = () => metricsOf(one.mode, MetricsConfig.parse(config)).map((metric) => createMetric(metric, outputs));
  let metrics = make();
  for (let from = 0, batch = 0; from < one.rows; from += size, batch++) {
    const count = Math.min(size, one.rows - from);
    const part = (all: number[]) => {
      // A batch's memory is larger than its images, and used again.
      const memory = new Float32Array(size * one.outputs).fill(0.77);
      memory.set(all.slice(from * one.outputs, (from + count) * one.outputs));
      return memory;
    };
    const predictions: Predictions = { outputs: part(one.said), labels: part(one.labels), count };
    for (const metric of metrics) metric.update(predictions);
    if (batch === stop) {
      const states = JSON.parse(
        JSON.stringify(metrics.map((metric) => ({ ...metric.state(), scores: [...metric.state().scores] }))),
      );
      metrics = make();
      metrics.forEach((metric, i) => {
        metric.load({ sums: states[i].sums, scores: Float32Array.from(states[i].scores) });
      });
    }
  }
  return Object.assign({}, ...metrics.map((metric) => metric.values()));
}

describe.each(cases.map((one) => [one.mode, one] as const))('%s', (_, one) => {
  test('equals Keras, SciPy and NumPy', () => {
    const values = measure(one, every[one.mode], 7);
    const { pr, top2, ...want } = one.want;
    for (const [key, value] of Object.entries(want)) expect(values[key], key).toBeCloseTo(value, 5);
    if (top2 !== undefined) expect(values.top_k_categorical_accuracy).toBeCloseTo(top2, 6);
    if (pr !== undefined) expect(measure(one, [{ auc: { curve: 'PR', per_class: false } }], 7).auc).toBeCloseTo(pr, 10);
  });

  test('does not depend on how batches are cut, nor on being stopped and resumed', () => {
    const whole = measure(one, every[one.mode], one.rows);
    for (const size of [1, 7, 32]) {
      const cut = measure(one, every[one.mode], size);
      expect(measure(one, every[one.mode], size, 1)).toEqual(cut);
      for (const [key, value] of Object.entries(whole)) expect(cut[key], key).toBeCloseTo(value, 9);
    }
  });
});

const score = fc.integer({ min: 0, max: 12 }).map((n) => n / 12);
const sorted = (values: number[]) => Float32Array.from(values).sort();

test('the area is the share of pairs in the right order, a tie counting half', () => {
  fc.assert(
    fc.property(fc.array(score, { minLength: 1 }), fc.array(score, { minLength: 1 }), (positive, negative) => {
      let wins = 0;
      for (const p of positive) for (const n of negative) wins += p > n ? 1 : p === n ? 0.5 : 0;
      const ranked = { positive: sorted(positive), negative: sorted(negative) };
      expect(rocArea(ranked)).toBeCloseTo(wins / (positive.length * negative.length), 12);
      // The same by the trapezoids under its curve.
      const { roc, pr } = curves(ranked, 1000);
      let area = 0;
      for (let i = 1; i < roc.x.length; i++) area += ((roc.x[i]! - roc.x[i - 1]!) * (roc.y[i]! + roc.y[i - 1]!)) / 2;
      expect(area).toBeCloseTo(rocArea(ranked), 10);
      let steps = 0;
      for (let i = 0; i < pr.x.length; i++) steps += (pr.x[i]! - (pr.x[i - 1] ?? 0)) * pr.y[i]!;
      expect(steps).toBeCloseTo(averagePrecision(ranked), 10);
    }),
  );
});

test('a curve is thinned and keeps its ends', () => {
  const ramp = (n: number, offset: number) => Float32Array.from({ length: n }, (_, i) => i / n + offset);
  const { roc, pr } = curves({ positive: ramp(5000, 0.1), negative: ramp(5000, 0) }, 100);
  expect(roc.x.length).toBeLessThanOrEqual(101);
  expect([roc.x[0], roc.y[0], roc.x.at(-1), roc.y.at(-1)]).toEqual([0, 0, 1, 1]);
  expect(pr.x.at(-1)).toBe(1);
  expect(curves({ positive: ramp(3, 0), negative: ramp(0, 0) }, 100).roc.x).toEqual([]);
});

test('soft labels count as their largest share', () => {
  const predictions = { outputs: Float32Array.of(0.2, 0.9, 0.4), labels: Float32Array.of(0.3, 0.6, 0.7), count: 3 };
  const outputs: Outputs = { mode: 'binary', classes: ['a', 'b'], count: 1 };
  for (const [config, value] of [
    ['accuracy', 2 / 3],
    ['recall', 0.5],
    ['auc', 1],
  ] as const) {
    const metric = createMetric(metricsOf('binary', [config]).at(-1)!, outputs);
    metric.update(predictions);
    expect(metric.values()[config]).toBe(value);
  }
});

test('class names become parts of keys, none twice', () => {
  expect(keyNames(['cat', 'chien/été', 'chien/ètè', 'a b'])).toEqual(['cat', 'chien__t_', 'chien__t__2', 'a b']);
});
