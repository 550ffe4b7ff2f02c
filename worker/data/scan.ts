import type { DataConfig } from '@tidemark/training/config/data';
import { byCodePoint, inWalkOrder } from '@tidemark/training/split';
import { TrainingError } from '../training-error.ts';
import type { Source, SourceFile } from './source.ts';

/** Keras's white list. */
const EXTENSIONS = ['.png', '.jpg', '.jpeg', '.bmp', '.ppm', '.tif', '.tiff'];
export const isImageName = (path: string): boolean =>
  EXTENSIONS.some((extension) => path.toLowerCase().endsWith(extension));

export interface Listed {
  /** Relative to the set's folder: `cats/0001.jpg`. */
  name: string;
  /** Index of its class in `classes`; 0 where a labels file says more. */
  label: number;
  /** What a labels file says: a number for each of `classes`. */
  vector?: readonly number[];
  /** Where its bytes are on this machine. */
  file: string;
}

/** One set of images, in Keras's order: class by class, each class's files sorted. */
export interface Scan {
  classes: readonly string[];
  images: readonly Listed[];
}

/**
 * The images under one folder of a source by the rules of Keras's `flow_from_directory` (keras/src/legacy/preprocessing/image.py):
 * every sub-folder is a class, classes are sorted, a class's files are found at any depth, by extension, folder by folder.
 * With `classes` given, these and in this order.
 */
export async function scan(source: Source, folder: string, classes?: DataConfig['classes']): Promise<Scan> {
  const files = await source.files(folder);
  const byClass = new Map<string, SourceFile[]>();
  for (const file of files) {
    const slash = file.path.indexOf('/');
    if (slash <= 0) continue;
    const name = file.path.slice(0, slash);
    if (!byClass.has(name)) byClass.set(name, []);
    if (isImageName(file.path)) byClass.get(name)!.push(file);
  }
  for (const name of await source.folders(folder)) if (!byClass.has(name)) byClass.set(name, []);

  const names = classes ?? [...byClass.keys()].sort(byCodePoint);
  if (names.length < 2) {
    const found = names.length === 0 ? 'none' : `only \`${names[0]}\``;
    throw new TrainingError(
      'data_classes',
      `${source.describe(folder)} must have one sub-folder per class, at least two; it has ${found}.`,
    );
  }
  const missing = names.filter((name) => !byClass.has(name));
  if (missing.length > 0) {
    throw new TrainingError(
      'data_classes',
      `${source.describe(folder)} has no sub-folder \`${missing[0]}\`. It has ${[...byClass.keys()].sort(byCodePoint).join(', ')}.`,
    );
  }
  const images = names.flatMap((name, label) =>
    byClass
      .get(name)!
      .sort((a, b) => inWalkOrder(a.path, b.path))
      .map(({ path, file }) => ({ name: path, label, file })),
  );
  if (images.length === 0) {
    throw new TrainingError(
      'data_empty',
      `${source.describe(folder)} holds no images (${EXTENSIONS.map((extension) => extension.slice(1)).join(', ')}).`,
    );
  }
  return { classes: names, images };
}
