/** Pixels that look random: the same function as `image` in fixtures/make_augment.py. Values 0–255, or those / 255. */
export function bytesImage(shape: readonly number[], top: 1 | 255 = 255): Float32Array {
  const out = new Float32Array(shape.reduce((a, b) => a * b, 1));
  for (let i = 0; i < out.length; i++) {
    let x = Math.imul(i, 0x9e3779b9);
    x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
    x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
    x ^= x >>> 16;
    const byte = x >>> 24;
    out[i] = top === 255 ? byte : Math.fround(byte) / 255;
  }
  return out;
}

export function greatestDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY;
  let worst = 0;
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs(actual[i]! - expected[i]!);
    if (!(difference <= worst)) worst = difference;
  }
  return worst;
}
