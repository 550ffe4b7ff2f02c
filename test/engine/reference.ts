import type { Loss } from '@tidemark/training/config/loss';
import { FROM_IMAGE, resolveInputs } from '@tidemark/training/layers/inputs';
import { layerNames } from '@tidemark/training/layers/names';
import type { LayerSpec } from '@tidemark/training/layers/spec';
import { applyLayer } from './reference/layers.ts';
import { product, type Tensor, type Weights } from './reference/tensor.ts';

// The slow, obvious model: float64, one loop per index, no fusion, no gradients of its own. What engines are held to.

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
  /** What each layer gave. */
  results: readonly Tensor[];
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

/**
 * images: [count, rows, columns, channels]. `known`: what the first layers gave, where it is known already.
 */
export function reference(
  { layers, input, loss, training, seed, step }: ReferenceOptions,
  weights: Weights,
  images: ArrayLike<number>,
  labels: ArrayLike<number>,
  count: number,
  known: readonly Tensor[] = [],
): ReferenceResult {
  const image: Tensor = {
    shape: [count, ...input],
    data: Float64Array.from(images).subarray(0, count * product(input)),
  };
  const updates: Record<string, Float64Array> = {};
  const names = layerNames(layers);
  const { inputs } = resolveInputs(layers);
  const results: Tensor[] = [...known];
  layers.forEach((layer, index) => {
    if (index < known.length) return;
    const named = (part: string) => `${names[index]!}/${part}`;
    const xs = inputs[index]!.map((from) => (from === FROM_IMAGE ? image : results[from]!));
    const weight = (part: string) => weights[named(part)];
    const update = (part: string, value: Float64Array) => {
      updates[named(part)] = value;
    };
    results.push(applyLayer(layer, xs, { weight, update, training, seed, step, index }));
  });
  const last = results.at(-1)!;
  return { loss: crossEntropy(loss, last, labels), probabilities: last.data, updates, results };
}

/**
 * The loss's derivative with respect to one weight, by central differences; null where a ReLU or a maximum changes
 * over nearby, or at the very point. The last argument: what the model gives with `weights`.
 */
export function derivative(
  options: ReferenceOptions,
  weights: Weights,
  [name, index]: readonly [string, number],
  batch: { images: ArrayLike<number>; labels: ArrayLike<number>; count: number },
  { loss: here, results }: Pick<ReferenceResult, 'loss' | 'results'>,
): number | null {
  const layer = layerNames(options.layers).indexOf(name.split('/')[0]!);
  const losses = new Map<number, number>();
  const at = (delta: number): number => {
    const seen = losses.get(delta);
    if (seen !== undefined) return seen;
    const moved = weights[name]!.slice();
    moved[index]! += delta;
    const { images, labels, count } = batch;
    const { loss } = reference(options, { ...weights, [name]: moved }, images, labels, count, results.slice(0, layer));
    losses.set(delta, loss);
    return loss;
  };
  const [left, right] = [(h: number) => (here - at(-h)) / h, (h: number) => (at(h) - here) / h];
  const slope = (h: number) => (left(h) + right(h)) / 2;
  // One-sided slopes of a smooth function differ in proportion to the step; on the two sides of a kink they differ by the same at any.
  const bend = (h: number) => Math.abs(right(h) - left(h));
  const [coarse, fine] = [slope(5e-6), slope(1e-6)];
  const smooth = bend(1e-6) <= bend(4e-6) / 2 + 1e-7 && Math.abs(coarse - fine) <= 1e-7 + 1e-4 * Math.abs(fine);
  return smooth ? fine : null;
}
