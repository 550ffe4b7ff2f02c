/**
 * The n-th number of a stream, in [0, 1). fixtures/make.py has the same function, so that fixtures need not store inputs.
 * Its mixing step is Chris Wellons's "lowbias32".
 */
export function uniform(stream: number, index: number): number {
  let x = (Math.imul(stream, 0x9e3779b9) + Math.imul(index, 0x85ebca6b)) | 0;
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return ((x ^ (x >>> 16)) >>> 0) / 2 ** 32;
}

export const uniforms = (stream: number, size: number): Float32Array =>
  Float32Array.from({ length: size }, (_, i) => uniform(stream, i));
