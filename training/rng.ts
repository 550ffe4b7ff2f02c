// Random numbers as a pure function of what they are for. A stream is addressed by (seed, purpose, a, b, c), so the draws for
// image 17 of epoch 3 are the same on every machine, in any order, and after a resume; nothing has to be stored.

const M0 = 0xd2511f53;
const M1 = 0xcd9e8d57;
const W0 = 0x9e3779b9;
const W1 = 0xbb67ae85;

/** The high 32 bits of a 32×32 bit product. */
function high(a: number, b: number): number {
  const al = a & 0xffff;
  const ah = a >>> 16;
  const bl = b & 0xffff;
  const bh = b >>> 16;
  // Each sum stays below 2^32, so integer arithmetic is exact.
  const middle = (Math.imul(ah, bl) >>> 0) + ((Math.imul(al, bl) >>> 0) >>> 16);
  const cross = (Math.imul(al, bh) >>> 0) + (middle & 0xffff);
  return ((Math.imul(ah, bh) >>> 0) + (middle >>> 16) + (cross >>> 16)) >>> 0;
}

type Four = readonly [number, number, number, number];

/**
 * Philox4x32-10 (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3", SC 2011): four uint32 from a 128-bit
 * counter and a 64-bit key.
 * @returns `out`
 */
export function philox(
  [c0, c1, c2, c3]: Four,
  [k0, k1]: readonly [number, number],
  out = new Uint32Array(4),
): Uint32Array {
  for (let round = 0; round < 10; round++) {
    const h0 = high(M0, c0);
    const h1 = high(M1, c2);
    const l0 = Math.imul(M0, c0);
    const l1 = Math.imul(M1, c2);
    c0 = h1 ^ c1 ^ k0;
    c1 = l1;
    c2 = h0 ^ c3 ^ k1;
    c3 = l0;
    k0 = (k0 + W0) | 0;
    k1 = (k1 + W1) | 0;
  }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
  return out;
}

/** What a stream is for: two purposes never share numbers. Values are part of a run's reproducibility and never change. */
export const PURPOSE = { shuffle: 1, augmentation: 2, initialWeights: 3, augmentValidation: 4, gallery: 5 } as const;
export type Purpose = (typeof PURPOSE)[keyof typeof PURPOSE];

/** Successive random numbers of one stream. */
export interface Stream {
  /** A uint32. */
  next(): number;
  /** In [0, 1), with 53 random bits. */
  uniform(): number;
  /** In [low, high). */
  between(low: number, high: number): number;
  /** An integer in [0, n), without bias. */
  integer(n: number): number;
  /** Standard normal (Box–Muller). */
  normal(): number;
}

/** The stream of (seed, purpose, a, b, c): five uint32, for instance epoch and image index as a and b. */
export function stream(seed: number, purpose: Purpose, a = 0, b = 0, c = 0): Stream {
  const four = new Uint32Array(4);
  let block = 0;
  let used = 4;
  const next = () => {
    if (used === 4) {
      philox([block++, a, b, c], [seed, purpose], four);
      used = 0;
    }
    return four[used++]!;
  };
  const uniform = () => ((next() >>> 5) * 2 ** 26 + (next() >>> 6)) / 2 ** 53;
  return {
    next,
    uniform,
    between: (low, high) => low + (high - low) * uniform(),
    integer: (n) => {
      const limit = 2 ** 32 - (2 ** 32 % n);
      for (;;) {
        const value = next();
        if (value < limit) return value % n;
      }
    },
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
  };
}

/** 0 … n−1 in random order (Fisher–Yates). */
export function permutation(n: number, random: Stream): Uint32Array {
  const out = Uint32Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    const kept = out[i]!;
    out[i] = out[j]!;
    out[j] = kept;
  }
  return out;
}
