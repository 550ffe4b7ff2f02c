import { toHex } from '../hash.ts';

/** A UUIDv7 (RFC 9562, section 5.7) without dashes: 48 bits of milliseconds, then random bits; sorts by creation. */
export function newRunId(now: number, rng: (length: number) => Uint8Array): string {
  const bytes = rng(16).slice();
  let time = now;
  for (let i = 5; i >= 0; i--) {
    bytes[i] = time % 256;
    time = Math.floor(time / 256);
  }
  bytes[6] = 0x70 | (bytes[6]! & 0x0f);
  bytes[8] = 0x80 | (bytes[8]! & 0x3f);
  return toHex(bytes);
}

/** A lease's secret: 128 random bits, in hexadecimal. */
export const newLeaseToken = (rng: (length: number) => Uint8Array): string => toHex(rng(16));
