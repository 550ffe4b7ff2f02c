/** Pillow's SMOOTH filter: (1 1 1, 1 5 1, 1 1 1) / 13, rounded; the outermost pixels stay as they are. */
export function smooth(pixels: Uint8Array, rows: number, columns: number, channels: number): Uint8Array {
  const out = pixels.slice();
  const stride = columns * channels;
  // Sums of three rows, then of three columns: whole numbers, so the order of adding does not matter.
  const sums = new Int32Array(stride);
  for (let y = 1; y < rows - 1; y++) {
    const at = y * stride;
    for (let i = 0; i < stride; i++) sums[i] = pixels[at - stride + i]! + pixels[at + i]! + pixels[at + stride + i]!;
    for (let i = channels; i < stride - channels; i++) {
      const sum = sums[i - channels]! + sums[i]! + sums[i + channels]! + 4 * pixels[at + i]!;
      out[at + i] = (sum / 13 + 0.5) | 0;
    }
  }
  return out;
}
