const { fround } = Math;

/** Least and greatest value, into `edges`. */
function extremes(pixels: Float32Array, edges: Float64Array): void {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = 0, n = pixels.length; i < n; i++) {
    const value = pixels[i]!;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  edges[0] = low;
  edges[1] = high;
}

/** Keras's `apply_channel_shift`: adds `intensity` to every channel, clipped to the image's own least and greatest value. */
export function shiftChannels(pixels: Float32Array, intensity: number): void {
  const edges = new Float64Array(2);
  extremes(pixels, edges);
  const low = edges[0]!;
  const high = edges[1]!;
  const by = fround(intensity);
  for (let i = 0, n = pixels.length; i < n; i++) {
    const value = fround(pixels[i]! + by);
    pixels[i] = value < low ? low : value > high ? high : value;
  }
}

/** Pillow's blend of an 8-bit value with black (libImaging/Blend.c): a float32 product, clipped, its fraction cut off. */
function blend(byte: number, factor: number): number {
  const bright = Math.trunc(fround(byte * factor));
  return bright > 255 ? 255 : bright;
}

/**
 * Keras's `apply_brightness_shift` as ImageDataGenerator calls it: through an 8-bit image and Pillow's blend with black, so
 * values become whole numbers from 0 to 255. Only an image with values outside 0 … 255 is stretched to that range first and
 * back afterwards. Meant for pixel values 0–255: images already scaled to 0 … 1 turn black, as they do there.
 */
export function brighten(pixels: Float32Array, factor: number): void {
  const edges = new Float64Array(2);
  extremes(pixels, edges);
  const low = edges[0]!;
  const high = edges[1]!;
  const by = fround(factor);
  const table = Float32Array.from({ length: 256 }, (_, byte) => blend(byte, by));
  if (low >= 0 && high <= 255) {
    for (let i = 0, n = pixels.length; i < n; i++) pixels[i] = table[pixels[i]! | 0]!;
    return;
  }
  const range = fround(high - low);
  for (let i = 0, n = pixels.length; i < n; i++) {
    const share = range === 0 ? 0 : fround(fround(pixels[i]! - low) / range);
    const bright = table[fround(share * 255) | 0]!;
    pixels[i] = fround(fround(fround(bright / 255) * range) + low);
  }
}
