// Random numbers as a pure function of what they are for. A stream is addressed by (seed, purpose, a, b), so the draws for
// image 17 of epoch 3 are the same on every machine, in any order, and after a resume; nothing has to be stored.

const M0 = 0xd2511f53;
const M1 = 0xcd9e8d57;
const W0 = 0x9e3779b9;
const W1 = 0xbb67ae85;

/** The high 32 bits of a 32×32 bit product. */
function high(a: number, b: number): number {
  const [al, ah, bl, bh] = [a & 0xffff, a >>> 16, b & 0xffff, b >>> 16];
  const low = Math.imul(al, bl) >>> 0;
  const middle = ah * bl + (low >>> 16);
  const cross = al * bh + (middle % 0x10000);
  return (ah * bh + Math.floor(middle / 0x10000) + Math.floor(cross / 0x10000)) >>> 0;
}

type Four = [number, number, number, number];

/**
 * Philox4x32-10 (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
 * @returns four uint32 for a 128-bit counter and a 64-bit key.
 */
export function philox(counter: Readonly<Four>, key: readonly [number, number]): Four {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < 10; round++) {
    const [h0, l0, h1, l1] = [high(M0, c0), Math.imul(M0, c0), high(M1, c2), Math.imul(M1, c2)];
    [c0, c1, c2, c3] = [(h1 ^ c1 ^ k0) >>> 0, l1 >>> 0, (h0 ^ c3 ^ k1) >>> 0, l0 >>> 0];
    k0 = (k0 + W0) >>> 0;
    k1 = (k1 + W1) >>> 0;
  }
  return [c0, c1, c2, c3];
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

/** The stream of (seed, purpose, a, b): four uint32, for instance epoch and image index as a and b. */
export function stream(seed: number, purpose: Purpose, a = 0, b = 0): Stream {
  let block = 0;
  let left: number[] = [];
  const next = () => {
    if (left.length === 0) left = philox([block++, a >>> 0, b >>> 0, 0], [seed >>> 0, purpose]);
    return left.shift()!;
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
