import { WeightFileError } from './tensors.ts';

/** How numbers are stored. `whole`: integers, which hold counters and no weights. */
export type Stored = 'float32' | 'float64' | 'float16' | 'bfloat16' | 'whole1' | 'whole2' | 'whole4' | 'whole8';

export const bytesOf = (stored: Stored): number =>
  ({ float32: 4, float64: 8, float16: 2, bfloat16: 2, whole1: 1, whole2: 2, whole4: 4, whole8: 8 })[stored];

/** IEEE 754 binary16 to its value. */
export function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return exponent === 0 ? sign * 2 ** -24 * fraction : sign * 2 ** (exponent - 15) * (1 + fraction / 1024);
}

/**
 * Little-endian numbers as float32, copied: the result owns its memory.
 * @throws WeightFileError when there are not exactly `count` of them.
 */
export function toFloat32(bytes: Uint8Array, stored: Exclude<Stored, `whole${number}`>, count: number): Float32Array {
  if (bytes.byteLength !== count * bytesOf(stored)) {
    throw new WeightFileError(
      `${count} numbers of ${stored} need ${count * bytesOf(stored)} bytes, not ${bytes.length}.`,
    );
  }
  const out = new Float32Array(count);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (stored === 'float32') for (let i = 0; i < count; i++) out[i] = view.getFloat32(i * 4, true);
  else if (stored === 'float64') for (let i = 0; i < count; i++) out[i] = view.getFloat64(i * 8, true);
  else if (stored === 'float16') for (let i = 0; i < count; i++) out[i] = halfToNumber(view.getUint16(i * 2, true));
  else {
    // bfloat16 is the upper half of a float32.
    const bits = new Uint32Array(out.buffer);
    for (let i = 0; i < count; i++) bits[i] = view.getUint16(i * 2, true) << 16;
  }
  return out;
}
