import { PURPOSE, permutation, stream } from './rng.ts';

/** A folder of classes as it was found: class name → file names, in any order. */
export type ClassFolders = Readonly<Record<string, readonly string[]>>;

/** One image: its path below the folder, and its class's index. */
export interface LabelledFile {
  path: string;
  label: number;
}

export interface Split {
  /** Sorted: a label is an index into it. */
  classes: string[];
  training: LabelledFile[];
  validation: LabelledFile[];
}

const byCodePoint = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/**
 * Keras's folder rules (`flow_from_directory`): classes are the sorted sub-folders, files are sorted within their class, and
 * validation takes the first ⌊fraction · n⌋ files of each class.
 */
export function splitFolders(folders: ClassFolders, validationSplit: number): Split {
  const classes = Object.keys(folders).sort(byCodePoint);
  const training: LabelledFile[] = [];
  const validation: LabelledFile[] = [];
  classes.forEach((name, label) => {
    const files = [...folders[name]!].sort(byCodePoint).map((file) => ({ path: `${name}/${file}`, label }));
    const cut = Math.floor(validationSplit * files.length);
    validation.push(...files.slice(0, cut));
    training.push(...files.slice(cut));
  });
  return { classes, training, validation };
}

/** The order in which an epoch visits `count` images: a function of (seed, epoch), or 0 … count−1 without shuffling. */
export function epochOrder(count: number, seed: number, epoch: number, shuffle: boolean): Uint32Array {
  if (!shuffle) return Uint32Array.from({ length: count }, (_, i) => i);
  return permutation(count, stream(seed, PURPOSE.shuffle, epoch));
}

/** Batches of an epoch: the last may be short. */
export const stepsPerEpoch = (images: number, batchSize: number): number => Math.ceil(images / batchSize);
