/** Whose names and orders of axes a file's tensors have: they decide how one becomes a layer's weight. */
export type Framework = 'tidemark' | 'tensorflow' | 'pytorch' | 'onnx';

export interface WeightTensor {
  dims: readonly number[];
  data: Float32Array;
}

/** What a file of weights holds: named float32 tensors, whatever they were stored as. */
export interface WeightFile {
  framework: Framework;
  tensors: Map<string, WeightTensor>;
  /** Names that hold no weights and were left out: counters, whole numbers. */
  leftOut: string[];
}

/** A file that cannot be read as weights; its message says where and why. */
export class WeightFileError extends Error {
  override readonly name = 'WeightFileError';
}

/** A file is somebody else's: no claim in it may make us allocate more than this, whatever its size. */
export const MOST_TENSORS = 100_000;
export const MOST_ELEMENTS = 2 ** 30;
const MOST_AXES = 16;
const MOST_NAME = 1024;

/** Product of the axes. @throws WeightFileError when they are not those of a tensor of reasonable size. */
export function elementsOf(name: string, dims: readonly number[]): number {
  if (dims.length > MOST_AXES) throw new WeightFileError(`The tensor ${shown(name)} has ${dims.length} axes.`);
  let count = 1;
  for (const dim of dims) {
    if (!Number.isSafeInteger(dim) || dim < 0) {
      throw new WeightFileError(`The tensor ${shown(name)} has an axis of ${String(dim)}.`);
    }
    count *= dim;
    if (count > MOST_ELEMENTS) throw new WeightFileError(`The tensor ${shown(name)} is larger than any weight.`);
  }
  return count;
}

/** A name from a file as a message can carry it. */
export const shown = (name: string): string => JSON.stringify(name.length > 80 ? `${name.slice(0, 80)}…` : name);

/** Adds a tensor. @throws WeightFileError when the name is there already, too long, or there are too many. */
export function addTensor({ tensors }: Pick<WeightFile, 'tensors'>, name: string, tensor: WeightTensor): void {
  if (name.length > MOST_NAME) throw new WeightFileError(`The name ${shown(name)} is ${name.length} characters long.`);
  if (tensors.has(name)) throw new WeightFileError(`The tensor ${shown(name)} is there twice.`);
  if (tensors.size >= MOST_TENSORS) throw new WeightFileError(`There are more than ${MOST_TENSORS} tensors.`);
  tensors.set(name, tensor);
}
