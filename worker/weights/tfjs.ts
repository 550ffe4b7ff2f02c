import { isNumbers, isObject, parseObject } from './json.ts';
import { toFloat32 } from './numbers.ts';
import { addTensor, elementsOf, shown, type WeightFile, WeightFileError } from './tensors.ts';

// A TensorFlow.js layers model: `model.json`, whose `weightsManifest` lists groups of {paths, weights}; a group's files, one after the
// other, hold its weights in order (tfjs-core/src/io/types.ts and io_utils.ts). Quantised weights are 8- or 16-bit numbers, or float16.

const WIDTH: Record<string, number> = { float32: 4, int32: 4, bool: 1, complex64: 8, float16: 2, uint8: 1, uint16: 2 };

export const isTfjsModel = (json: Record<string, unknown>): boolean => Array.isArray(json.weightsManifest);

interface Entry {
  name: string;
  shape: number[];
  /** As it lies in the file. */
  type: string;
  whole: boolean;
  scale: number;
  min: number;
}

function entryOf(value: unknown): Entry {
  if (
    !isObject(value) ||
    typeof value.name !== 'string' ||
    !isNumbers(value.shape) ||
    typeof value.dtype !== 'string'
  ) {
    throw new WeightFileError('A weight of the manifest has no name, shape and dtype.');
  }
  const { name, shape, dtype } = value;
  const { quantization } = value;
  const type = isObject(quantization) ? quantization.dtype : dtype;
  if (typeof type !== 'string' || !Object.hasOwn(WIDTH, type)) {
    throw new WeightFileError(`The weight ${shown(name)} has the unknown type ${shown(String(type))}.`);
  }
  const [scale, min] = isObject(quantization) ? [quantization.scale, quantization.min] : [1, 0];
  const affine = type === 'uint8' || type === 'uint16';
  if (affine && (typeof scale !== 'number' || typeof min !== 'number')) {
    throw new WeightFileError(`The quantised weight ${shown(name)} has no scale and min.`);
  }
  return {
    name,
    shape,
    type,
    whole: dtype !== 'float32',
    scale: affine ? Number(scale) : 1,
    min: affine ? Number(min) : 0,
  };
}

function numbers(bytes: Uint8Array, { type, scale, min }: Entry, count: number): Float32Array {
  if (type === 'float32' || type === 'float16') return toFloat32(bytes, type, count);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float32Array.from({ length: count }, (_, i) => {
    const level = type === 'uint8' ? view.getUint8(i) : view.getUint16(2 * i, true);
    return level * scale + min;
  });
}

/** Keras's `dense/kernel`, whatever prefix or suffix the exporter put around it. */
const plainName = (name: string): string => name.replace(/:\d+$/, '');

/**
 * @param shard reads a file that model.json names, beside it
 * @throws WeightFileError
 */
export async function readTfjs(
  model: Uint8Array,
  shard: (name: string) => Uint8Array | Promise<Uint8Array>,
): Promise<WeightFile> {
  const json = parseObject(model, 'model.json');
  if (!Array.isArray(json.weightsManifest)) throw new WeightFileError('model.json has no weightsManifest.');
  const file: WeightFile = { framework: 'tensorflow', tensors: new Map(), leftOut: [] };
  for (const group of json.weightsManifest as unknown[]) {
    if (!isObject(group) || !Array.isArray(group.paths) || !Array.isArray(group.weights)) {
      throw new WeightFileError('A group of the weightsManifest has no paths and weights.');
    }
    const parts: Uint8Array[] = [];
    for (const path of group.paths as unknown[]) {
      if (typeof path !== 'string' || !/^[\w][\w.-]*$/.test(path)) {
        throw new WeightFileError(`model.json names the file ${shown(String(path))}, which is none beside it.`);
      }
      parts.push(await shard(path));
    }
    const bytes = Buffer.concat(parts);
    let at = 0;
    for (const value of group.weights as unknown[]) {
      const entry = entryOf(value);
      const count = elementsOf(entry.name, entry.shape);
      const size = count * WIDTH[entry.type]!;
      if (size > bytes.length - at) {
        throw new WeightFileError(
          `The weight ${shown(entry.name)} needs ${size} bytes, but ${bytes.length - at} of ${bytes.length} are left.`,
        );
      }
      const name = plainName(entry.name);
      if (entry.whole) file.leftOut.push(name);
      else addTensor(file, name, { dims: entry.shape, data: numbers(bytes.subarray(at, at + size), entry, count) });
      at += size;
    }
    if (at !== bytes.length) throw new WeightFileError(`${bytes.length - at} bytes of a group belong to no weight.`);
  }
  return file;
}
