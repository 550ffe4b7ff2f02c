import type { Loss } from '@tidemark/training/config/loss';
import type { Activation } from '@tidemark/training/layers/arguments';
import { layerNames } from '@tidemark/training/layers/names';
import type { LayerSpec } from '@tidemark/training/layers/spec';
import { keeps, maskKey } from '@tidemark/worker/engine/dropout-mask';

// The slow, obvious model: float64, one loop per index, no fusion, no gradients of its own. What engines are held to.

/** [images, ...shape], row-major. */
interface Tensor {
  shape: readonly number[];
  data: Float64Array;
}

export type Weights = Readonly<Record<string, Float64Array>>;

export interface ReferenceOptions {
  layers: readonly LayerSpec[];
  input: readonly [number, number, number];
  loss: Loss;
  training: boolean;
  seed: number;
  step: number;
}

export interface ReferenceResult {
  loss: number;
  probabilities: Float64Array;
  /** Moving statistics after a training pass. */
  updates: Record<string, Float64Array>;
}

const pair = (v: number | readonly [number, number]) => (typeof v === 'number' ? ([v, v] as const) : v);
const product = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);

/** Calls back with every window position's list of (input row, input column), positions outside the image included. */
function windows(
  [height, width]: readonly [number, number],
  kernel: readonly [number, number],
  strides: readonly [number, number],
  padding: 'valid' | 'same',
): { rows: number; columns: number; top: number; left: number } {
  const out = (n: number, k: number, s: number) =>
    padding === 'same' ? Math.ceil(n / s) : Math.floor((n - k) / s) + 1;
  const rows = out(height, kernel[0], strides[0]);
  const columns = out(width, kernel[1], strides[1]);
  const before = (n: number, o: number, k: number, s: number) =>
    padding === 'same' ? Math.floor(Math.max((o - 1) * s + k - n, 0) / 2) : 0;
  return {
    rows,
    columns,
    top: before(height, rows, kernel[0], strides[0]),
    left: before(width, columns, kernel[1], strides[1]),
  };
}

function sliding(
  x: Tensor,
  kernel: readonly [number, number],
  strides: readonly [number, number],
  padding: 'valid' | 'same',
  channels: number,
  at: (pixels: { u: number; v: number; from: number }[], c: number) => number,
): Tensor {
  const [n = 1, h = 1, w = 1, inputChannels = 1] = x.shape;
  const { rows, columns, top, left } = windows([h, w], kernel, strides, padding);
  const shape = [n, rows, columns, channels];
  const data = new Float64Array(product(shape));
  let to = 0;
  for (let image = 0; image < n; image++) {
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) {
        const pixels: { u: number; v: number; from: number }[] = [];
        for (let u = 0; u < kernel[0]; u++) {
          for (let v = 0; v < kernel[1]; v++) {
            const y = i * strides[0] - top + u;
            const z = j * strides[1] - left + v;
            if (y >= 0 && y < h && z >= 0 && z < w)
              pixels.push({ u, v, from: ((image * h + y) * w + z) * inputChannels });
          }
        }
        for (let c = 0; c < channels; c++) data[to++] = at(pixels, c);
      }
    }
  }
  return { shape, data };
}

function activate(x: Tensor, kind: Activation): Tensor {
  if (kind === 'linear') return x;
  if (kind === 'relu') return { ...x, data: x.data.map((v) => Math.max(v, 0)) };
  if (kind === 'sigmoid') return { ...x, data: x.data.map((v) => 1 / (1 + Math.exp(-v))) };
  if (kind !== 'softmax') throw new Error(`the reference has no ${kind} yet`);
  const c = x.shape.at(-1)!;
  const data = new Float64Array(x.data.length);
  for (let at = 0; at < data.length; at += c) {
    const row = x.data.subarray(at, at + c);
    const max = Math.max(...row);
    const total = row.reduce((a, v) => a + Math.exp(v - max), 0);
    for (let k = 0; k < c; k++) data[at + k] = Math.exp(row[k]! - max) / total;
  }
  return { ...x, data };
}

function affine(x: Tensor, kernel: Float64Array, bias: Float64Array | undefined, units: number): Tensor {
  const inputs = x.shape.at(-1)!;
  const rows = x.data.length / inputs;
  const data = new Float64Array(rows * units);
  for (let r = 0; r < rows; r++) {
    for (let k = 0; k < units; k++) {
      let sum = bias?.[k] ?? 0;
      for (let c = 0; c < inputs; c++) sum += x.data[r * inputs + c]! * kernel[c * units + k]!;
      data[r * units + k] = sum;
    }
  }
  return { shape: [...x.shape.slice(0, -1), units], data };
}

function statistics(x: Tensor): { mean: Float64Array; variance: Float64Array } {
  const c = x.shape.at(-1)!;
  const rows = x.data.length / c;
  const mean = new Float64Array(c);
  const variance = new Float64Array(c);
  for (let i = 0; i < x.data.length; i++) mean[i % c]! += x.data[i]! / rows;
  for (let i = 0; i < x.data.length; i++) variance[i % c]! += (x.data[i]! - mean[i % c]!) ** 2 / rows;
  return { mean, variance };
}

/** Cross-entropy of probabilities, without clipping: the tests keep away from 0 and 1. */
function crossEntropy(loss: Loss, p: Tensor, labels: ArrayLike<number>): number {
  const [n = 1, k = 1] = p.shape;
  let sum = 0;
  for (let i = 0; i < n * k; i++) {
    const y = labels[i]!;
    if (loss.name === 'binary_crossentropy') sum -= (y * Math.log(p.data[i]!) + (1 - y) * Math.log(1 - p.data[i]!)) / k;
    else sum -= y === 0 ? 0 : y * Math.log(p.data[i]!);
  }
  return sum / n;
}

/** images: [count, rows, columns, channels]. */
export function reference(
  { layers, input, loss, training, seed, step }: ReferenceOptions,
  weights: Weights,
  images: ArrayLike<number>,
  labels: ArrayLike<number>,
  count: number,
): ReferenceResult {
  let x: Tensor = { shape: [count, ...input], data: Float64Array.from(images).subarray(0, count * product(input)) };
  const updates: Record<string, Float64Array> = {};
  const names = layerNames(layers);
  layers.forEach((layer, index) => {
    const name = names[index]!;
    const weight = (w: string) => weights[`${name}/${w}`]!;
    switch (layer.type) {
      case 'Conv2D': {
        const [, kw] = pair(layer.kernel_size);
        const channels = x.shape[3]!;
        const { filters } = layer;
        const from = x.data;
        const kernel = weight('kernel');
        const bias = layer.use_bias ? weight('bias') : undefined;
        const y = sliding(x, pair(layer.kernel_size), pair(layer.strides), layer.padding, filters, (pixels, k) => {
          let sum = bias?.[k] ?? 0;
          for (const p of pixels) {
            const w = (p.u * kw + p.v) * channels;
            for (let c = 0; c < channels; c++) sum += from[p.from + c]! * kernel[(w + c) * filters + k]!;
          }
          return sum;
        });
        x = activate(y, layer.activation);
        break;
      }
      case 'MaxPooling2D':
      case 'AveragePooling2D': {
        const pool = pair(layer.pool_size);
        const from = x.data;
        const largest = layer.type === 'MaxPooling2D';
        x = sliding(x, pool, pair(layer.strides ?? pool), layer.padding, x.shape[3]!, (pixels, c) => {
          const values = pixels.map((p) => from[p.from + c]!);
          return largest ? Math.max(...values) : values.reduce((a, v) => a + v, 0) / values.length;
        });
        break;
      }
      case 'GlobalAveragePooling2D': {
        const [n = 1, h = 1, w = 1, c = 1] = x.shape;
        const data = new Float64Array(n * c);
        x.data.forEach((v, i) => {
          data[Math.floor(i / (h * w * c)) * c + (i % c)]! += v / (h * w);
        });
        x = { shape: [n, c], data };
        break;
      }
      case 'Flatten':
        x = { shape: [count, product(x.shape.slice(1))], data: x.data };
        break;
      case 'Dropout': {
        if (!training || layer.rate === 0) break;
        const key = maskKey(seed, step, index);
        x = { ...x, data: x.data.map((v, i) => (keeps(key, i, layer.rate) ? v / (1 - layer.rate) : 0)) };
        break;
      }
      case 'Dense':
        x = affine(x, weight('kernel'), layer.use_bias ? weight('bias') : undefined, layer.units);
        x = activate(x, layer.activation);
        break;
      case 'Activation':
        x = activate(x, layer.activation);
        break;
      case 'BatchNormalization': {
        const c = x.shape.at(-1)!;
        const moving = { mean: weight('moving_mean'), variance: weight('moving_variance') };
        const { mean, variance } = training ? statistics(x) : moving;
        if (training) {
          const follow = (old: Float64Array, now: Float64Array) =>
            old.map((v, i) => v * layer.momentum + now[i]! * (1 - layer.momentum));
          updates[`${name}/moving_mean`] = follow(moving.mean, mean);
          updates[`${name}/moving_variance`] = follow(moving.variance, variance);
        }
        const [gamma, beta] = [weight('gamma'), weight('beta')];
        x = {
          ...x,
          data: x.data.map(
            (v, i) => ((v - mean[i % c]!) / Math.sqrt(variance[i % c]! + layer.epsilon)) * gamma[i % c]! + beta[i % c]!,
          ),
        };
        break;
      }
    }
  });
  return { loss: crossEntropy(loss, x, labels), probabilities: x.data, updates };
}

/**
 * The loss's derivative with respect to one weight, by central differences; null where a ReLU or a maximum changes
 * over nearby, or at the very point.
 */
export function derivative(
  options: ReferenceOptions,
  weights: Weights,
  [name, index]: readonly [string, number],
  batch: { images: ArrayLike<number>; labels: ArrayLike<number>; count: number },
): number | null {
  const at = (delta: number) => {
    const moved = weights[name]!.slice();
    moved[index]! += delta;
    return reference(options, { ...weights, [name]: moved }, batch.images, batch.labels, batch.count).loss;
  };
  const here = at(0);
  const [left, right] = [(h: number) => (here - at(-h)) / h, (h: number) => (at(h) - here) / h];
  const slope = (h: number) => (left(h) + right(h)) / 2;
  // One-sided slopes of a smooth function differ in proportion to the step; on the two sides of a kink they differ by the same at any.
  const bend = (h: number) => Math.abs(right(h) - left(h));
  const [coarse, fine] = [slope(5e-6), slope(1e-6)];
  const smooth = bend(1e-6) <= bend(4e-6) / 2 + 1e-7 && Math.abs(coarse - fine) <= 1e-7 + 1e-4 * Math.abs(fine);
  return smooth ? fine : null;
}
