import type { Mix } from './mix.ts';

/** A batch's arrays, changed in place. */
export interface MixedBatch {
  /** [count, rows, columns, channels] */
  images: Float32Array;
  /** [count, outputs] */
  labels: Float32Array;
  /** [count] */
  weights?: Float32Array | undefined;
  count: number;
  rows: number;
  columns: number;
  channels: number;
  outputs: number;
}

/** `own` · share + `other` · (1 − share), into `own`. */
function blend(own: Float32Array, other: Float32Array, share: number): void {
  const rest = 1 - share;
  for (let i = 0, n = own.length; i < n; i++) own[i] = own[i]! * share + other[i]! * rest;
}

/**
 * Mixes the images of a batch, each with the one before it as it was (the first with the last), and their labels and weights by the
 * same share. An image of its own batch needs no second decoding or augmentation.
 * @param mixes one an image; null leaves it
 */
export function mixBatch(batch: MixedBatch, mixes: readonly (Mix | null)[]): void {
  const { images, labels, weights, count, rows, columns, channels, outputs } = batch;
  const size = rows * columns * channels;
  const stride = columns * channels;
  const image = (row: number) => images.subarray(row * size, (row + 1) * size);
  const label = (row: number) => labels.subarray(row * outputs, (row + 1) * outputs);
  const weight = (row: number) => weights?.subarray(row, row + 1);
  // From the last to the first: an image's partner is still as it was. The first one's partner is kept aside.
  const last = mixes[0] ? { image: image(count - 1).slice(), label: label(count - 1).slice() } : null;
  const lastWeight = weight(count - 1)?.slice();
  for (let row = count - 1; row >= 0; row--) {
    const mix = mixes[row];
    if (!mix) continue;
    const [own, other] = [image(row), row === 0 ? last!.image : image(row - 1)];
    if (mix.box) {
      const { top, left, height, width } = mix.box;
      for (let y = top; y < top + height; y++) {
        const at = y * stride + left * channels;
        own.set(other.subarray(at, at + width * channels), at);
      }
    } else blend(own, other, mix.share);
    blend(label(row), row === 0 ? last!.label : label(row - 1), mix.share);
    if (weights) blend(weight(row)!, row === 0 ? lastWeight! : weight(row - 1)!, mix.share);
  }
}
