import { PURPOSE, permutation, stream } from './rng.ts';

/** A folder of classes as it was found: class name → files (with `/` where they lie in sub-folders), in any order. */
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

/** Python's order of strings: by code points, where JavaScript's `<` goes by UTF-16 units. */
function byCodePoint(a: string, b: string): number {
  const n = Math.min(a.length, b.length);
  for (let i = 0; i < n; i++) {
    if (a[i] !== b[i]) return a.codePointAt(i)! - b.codePointAt(i)!;
  }
  return a.length - b.length;
}

const folderOf = (file: string): string => file.slice(0, Math.max(file.lastIndexOf('/'), 0));

/** As Keras walks a class: its own files first, then each sub-folder's; every folder's files sorted. */
function inWalkOrder(a: string, b: string): number {
  return byCodePoint(folderOf(a), folderOf(b)) || byCodePoint(a, b);
}

/**
 * Keras's folder rules (`flow_from_directory`): classes are the sorted sub-folders, files are sorted within their class, and
 * validation takes the first ⌊fraction · n⌋ files of each class.
 */
export function splitFolders(folders: ClassFolders, validationSplit: number): Split {
  const classes = Object.keys(folders).sort(byCodePoint);
  const training: LabelledFile[] = [];
  const validation: LabelledFile[] = [];
  classes.forEach((name, label) => {
    const files = [...folders[name]!].sort(inWalkOrder).map((file) => ({ path: `${name}/${file}`, label }));
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
