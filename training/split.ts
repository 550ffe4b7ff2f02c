import { PURPOSE, permutation, stream } from './rng.ts';

/** Python's order of strings: by code points, where JavaScript's `<` goes by UTF-16 units. */
export function byCodePoint(a: string, b: string): number {
  const n = Math.min(a.length, b.length);
  for (let i = 0; i < n; i++) {
    if (a[i] !== b[i]) return a.codePointAt(i)! - b.codePointAt(i)!;
  }
  return a.length - b.length;
}

const folderOf = (file: string): string => file.slice(0, Math.max(file.lastIndexOf('/'), 0));

/** The order in which Keras (`flow_from_directory`) walks a class: its own files first, then each sub-folder's; every folder's files sorted. */
export function inWalkOrder(a: string, b: string): number {
  return byCodePoint(folderOf(a), folderOf(b)) || byCodePoint(a, b);
}

/**
 * Places of the images that Keras's `validation_split` holds out: the first ⌊fraction · n⌋ of each class's n.
 * @param labels class indices of all images, in walk order
 */
export function heldOut(labels: readonly number[], fraction: number): Set<number> {
  const left = new Map<number, number>();
  for (const label of labels) left.set(label, (left.get(label) ?? 0) + 1);
  for (const [label, count] of left) left.set(label, Math.floor(fraction * count));
  const held = new Set<number>();
  labels.forEach((label, place) => {
    const remaining = left.get(label)!;
    if (remaining > 0) held.add(place);
    left.set(label, remaining - 1);
  });
  return held;
}

/** The order in which an epoch visits `count` images: a function of (seed, epoch), or 0 … count−1 without shuffling. */
export function epochOrder(count: number, seed: number, epoch: number, shuffle: boolean): Uint32Array {
  if (!shuffle) return Uint32Array.from({ length: count }, (_, i) => i);
  return permutation(count, stream(seed, PURPOSE.shuffle, epoch));
}

/** Batches of an epoch: the last may be short. */
export const stepsPerEpoch = (images: number, batchSize: number): number => Math.ceil(images / batchSize);
