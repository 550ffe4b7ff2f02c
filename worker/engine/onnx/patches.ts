import { sizeOf } from '@tidemark/training/layers/shape';

/** How images become a graph's inputs: one patch of `height` × `width` pixels per row and column of the layout. */
export interface PatchLayout {
  height: number;
  width: number;
  strides: readonly [number, number];
  /** Rows and columns of zeros before the image. */
  before: readonly [number, number];
  channels: number;
  /** Floats per patch: its pixels, and behind them, if there is room, a one and zeros. */
  size: number;
  rows: number;
  columns: number;
  /** Graph inputs, from top to bottom; together they are [rows, columns, images, patch]. */
  inputs: readonly { name: string; dims: readonly number[] }[];
  /** Of pixels, before they become patches: one factor and one summand for all channels, or one for each. */
  rescaling?: { scale: readonly number[]; offset: readonly number[] };
  /** The one input is the images as they are, [images, rows, columns, channels]. */
  raw?: boolean;
}

/** Memory for the patches of `slots` images, with the ones that stand behind their pixels. */
export function patchMemory({ height, width, channels, size, inputs }: PatchLayout): Float32Array {
  const out = new Float32Array(inputs.reduce((sum, { dims }) => sum + sizeOf(dims), 0));
  const pixels = height * width * channels;
  if (size > pixels) for (let at = pixels; at < out.length; at += size) out[at] = 1;
  return out;
}

/**
 * Fills `out` [rows, columns, slots, size] from `images` [count, imageRows, imageColumns, channels]; count ≤ slots. Pixels
 * outside an image are zero; slots without an image, and what stands behind a patch's pixels, are left as they are.
 */
export function fillPatches(
  out: Float32Array,
  images: Float32Array,
  count: number,
  slots: number,
  [imageRows, imageColumns]: readonly [number, number],
  layout: PatchLayout,
): void {
  const { strides, before, rows, columns, height, width } = layout;
  const inside =
    before[0] === 0 &&
    before[1] === 0 &&
    (rows - 1) * strides[0] + height <= imageRows &&
    (columns - 1) * strides[1] + width <= imageColumns;
  if (inside) copyRuns(out, images, count, slots, [imageRows, imageColumns], layout);
  else copyPixels(out, images, count, slots, [imageRows, imageColumns], layout);
}

type Size = readonly [number, number];

/** Patches that lie inside the image, a row of a patch at a time; in pairs of floats where all of them are aligned. */
function copyRuns(
  out: Float32Array,
  images: Float32Array,
  count: number,
  slots: number,
  [imageRows, imageColumns]: Size,
  { height, width, strides, channels, size, rows, columns }: PatchLayout,
): void {
  const across = strides[1] * channels;
  const wide = width * channels;
  const rowPitch = imageColumns * channels;
  const even = [across, wide, rowPitch, size, images.byteOffset / 4, out.byteOffset / 4].every((v) => v % 2 === 0);
  const unit = even ? 2 : 1;
  const [to, from] = even ? [doubles(out), doubles(images)] : [out, images];
  const run = wide / unit;
  const pitch = rowPitch / unit;
  const patch = size / unit;
  const behind = patch - height * run;
  let at = 0;
  // In the order of writing: reading is from a few rows of each image, which stay in cache from one column to the next.
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      for (let n = 0; n < count; n++) {
        let source = (n * imageRows + i * strides[0]) * pitch + (j * across) / unit;
        for (let u = 0; u < height; u++) {
          let k = 0;
          for (; k + 2 < run; k += 3) {
            to[at] = from[source + k]!;
            to[at + 1] = from[source + k + 1]!;
            to[at + 2] = from[source + k + 2]!;
            at += 3;
          }
          for (; k < run; k++) to[at++] = from[source + k]!;
          source += pitch;
        }
        at += behind;
      }
      at += (slots - count) * patch;
    }
  }
}

/** Copying is all that happens to them; only a NaN might come out as another NaN. */
const doubles = (x: Float32Array) => new Float64Array(x.buffer, x.byteOffset, x.length >> 1);

/** Patches that may reach over the image's edge, pixel by pixel. */
function copyPixels(
  out: Float32Array,
  images: Float32Array,
  count: number,
  slots: number,
  [imageRows, imageColumns]: Size,
  { height, width, strides, before, channels, size, rows, columns }: PatchLayout,
): void {
  const behind = size - height * width * channels;
  let to = 0;
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      for (let n = 0; n < count; n++) {
        for (let u = 0; u < height; u++) {
          const y = i * strides[0] - before[0] + u;
          const row = (n * imageRows + y) * imageColumns;
          for (let v = 0; v < width; v++) {
            const x = j * strides[1] - before[1] + v;
            const there = y >= 0 && y < imageRows && x >= 0 && x < imageColumns;
            const from = (row + x) * channels;
            for (let c = 0; c < channels; c++) out[to++] = there ? images[from + c]! : 0;
          }
        }
        to += behind;
      }
      to += (slots - count) * size;
    }
  }
}
