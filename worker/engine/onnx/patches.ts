/** How images become a graph's inputs: one patch of `height` × `width` pixels per row and column of the layout. */
export interface PatchLayout {
  height: number;
  width: number;
  strides: readonly [number, number];
  /** Rows and columns of zeros before the image. */
  before: readonly [number, number];
  channels: number;
  rows: number;
  columns: number;
  /** Graph inputs, from top to bottom; together they are [rows, columns, images, patch]. */
  inputs: readonly { name: string; dims: readonly number[] }[];
}

/**
 * Fills `out` [rows, columns, slots, height · width · channels] from `images` [count, imageRows, imageColumns, channels];
 * count ≤ slots. Pixels outside an image are zero; slots without an image are left as they are.
 */
export function fillPatches(
  out: Float32Array,
  images: Float32Array,
  count: number,
  slots: number,
  [imageRows, imageColumns]: readonly [number, number],
  layout: PatchLayout,
): void {
  const { height, width, strides, before, channels, rows, columns } = layout;
  const run = width * channels;
  const size = height * run;
  const pitch = imageColumns * channels;
  const inside =
    before[0] === 0 &&
    before[1] === 0 &&
    (rows - 1) * strides[0] + height <= imageRows &&
    (columns - 1) * strides[1] + width <= imageColumns;
  for (let n = 0; n < count; n++) {
    const image = n * imageRows * pitch;
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) {
        let to = ((i * columns + j) * slots + n) * size;
        const top = i * strides[0] - before[0];
        const left = j * strides[1] - before[1];
        if (inside) {
          for (let u = 0; u < height; u++) {
            const from = image + (top + u) * pitch + left * channels;
            for (let k = 0; k < run; k++) out[to++] = images[from + k]!;
          }
          continue;
        }
        for (let u = 0; u < height; u++) {
          const y = top + u;
          for (let v = 0; v < width; v++) {
            const x = left + v;
            const there = y >= 0 && y < imageRows && x >= 0 && x < imageColumns;
            const from = image + y * pitch + x * channels;
            for (let c = 0; c < channels; c++) out[to++] = there ? images[from + c]! : 0;
          }
        }
      }
    }
  }
}
