const { fround } = Math;

function extremes(pixels: Float32Array): [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < pixels.length; i++) {
    const value = pixels[i]!;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}

/** Keras's `apply_channel_shift`: adds `intensity` to every channel, clipped to the image's own least and greatest value. */
export function shiftChannels(pixels: Float32Array, intensity: number): void {
  const [low, high] = extremes(pixels);
  const by = fround(intensity);
  for (let i = 0; i < pixels.length; i++) {
    const value = fround(pixels[i]! + by);
    pixels[i] = value < low ? low : value > high ? high : value;
  }
}

/**
 * Keras's `apply_brightness_shift` as ImageDataGenerator calls it: through an 8-bit image and Pillow's blend with black, so
 * values become whole numbers from 0 to 255. Only an image with values outside 0 … 255 is stretched to that range first and
 * back afterwards. Meant for pixel values 0–255: images already scaled to 0 … 1 turn black, as they do there.
 */
export function brighten(pixels: Float32Array, factor: number): void {
  const [low, high] = extremes(pixels);
  const stretched = low < 0 || high > 255;
  const greatest = fround(high - low);
  const by = fround(factor);
  for (let i = 0; i < pixels.length; i++) {
    let value = pixels[i]!;
    if (stretched) {
      value = fround(value - low);
      if (greatest !== 0) value = fround(value / greatest);
      value = fround(value * 255);
    }
    const bright = Math.trunc(fround(Math.trunc(value) * by));
    value = bright < 0 ? 0 : bright > 255 ? 255 : bright;
    pixels[i] = stretched ? fround(fround(fround(value / 255) * greatest) + low) : value;
  }
}
