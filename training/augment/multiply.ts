import { simdTaps } from './simd.ts';

/** Multiplies all numbers by `factor`, in float32. Past a few thousand numbers copying them to the kernel and back is cheaper. */
export function multiply(values: Float32Array, factor: number): void {
  const kernel = values.length < 4096 ? null : simdTaps(values.length, 1);
  const by = Math.fround(factor);
  if (!kernel) {
    for (let i = 0, n = values.length; i < n; i++) values[i]! *= by;
    return;
  }
  kernel.source.set(values);
  kernel.run(values.length, 0, Float32Array.of(by));
  values.set(kernel.target);
}
