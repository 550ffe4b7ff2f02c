/** Finaliser of Chris Wellons's hash prospector ("lowbias32", https://nullprogram.com/blog/2018/07/31/). */
function mix(x: number): number {
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return (x ^ (x >>> 16)) >>> 0;
}

/** The stream that a mask's elements are drawn from: a function of (seed, step, layer) alone. */
export const maskKey = (seed: number, step: number, layer: number): number =>
  mix(mix(mix(seed) + step) + Math.imul(layer + 1, 0x9e3779b9));

/** Whether element `index` is kept: with probability 1 − rate. */
export const keeps = (key: number, index: number, rate: number): boolean =>
  mix(key + Math.imul(index, 0x9e3779b9)) >= rate * 2 ** 32;

/**
 * Fills an inverted-dropout mask, 0 or 1 / (1 − rate). An element's number counts in [image, row, column, channel] order
 * over the layer's whole output, so every engine drops the same ones whatever its layout. `first`: out[0]'s number.
 */
export function fillMask(out: Float32Array, key: number, rate: number, first = 0): void {
  const kept = 1 / (1 - rate);
  for (let i = 0; i < out.length; i++) out[i] = keeps(key, first + i, rate) ? kept : 0;
}
