import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { parseObject } from './json.ts';
import { isHdf5, readKeras } from './keras.ts';
import { readOnnx } from './onnx.ts';
import { readSafetensors } from './safetensors.ts';
import { type WeightFile, WeightFileError } from './tensors.ts';
import { isTfjsModel, readTfjs } from './tfjs.ts';
import { isLegacyTorch, isTorchZip, readLegacyTorch, readTorchZip } from './torch.ts';
import { isZip, Zip } from './zip.ts';

/** A larger file is no file of weights that could be trained here. */
const MOST_BYTES = 2 ** 32 - 1;
const TORCH_FILE = /\.(pt|pth|bin|ckpt)$/;
const INSIDE = /\.(pt|pth|bin|ckpt|safetensors|onnx|h5)$|(^|\/)model\.json$/;

/**
 * Reads a file of weights of any known format, told by its content: safetensors, ONNX, a PyTorch state dict, a TensorFlow.js layers
 * model (its shards lie beside `model.json`), Keras's HDF5, or a zip, wheel or .keras archive that holds one of them.
 * @throws WeightFileError naming the file and what is wrong with it
 */
export async function readWeights(path: string): Promise<WeightFile> {
  const info = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw new WeightFileError(error.code === 'ENOENT' ? `There is no file ${path}.` : `${path}: ${error.message}`);
  });
  if (!info.isFile()) throw new WeightFileError(`${path} is no file.`);
  if (info.size > MOST_BYTES) throw new WeightFileError(`${path} has ${info.size} bytes: more than can be read.`);
  const folder = dirname(path);
  const beside = async (name: string) => {
    const shard = join(folder, name);
    if ((await stat(shard).catch(() => null))?.isFile()) return readFile(shard);
    throw new WeightFileError(`model.json names ${name}, which is not beside it.`);
  };
  return named(basename(path), async () => parseWeights(await readFile(path), beside));
}

async function named<T>(name: string, read: () => T | Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof WeightFileError) throw new WeightFileError(`${name}: ${error.message}`);
    throw error;
  }
}

/** @param beside reads another file of a model that has several */
export async function parseWeights(
  bytes: Uint8Array,
  beside?: (name: string) => Uint8Array | Promise<Uint8Array>,
): Promise<WeightFile> {
  if (isZip(bytes)) return readArchive(new Zip(bytes));
  if (isLegacyTorch(bytes)) return readLegacyTorch(bytes);
  if (bytes[0] === 0x7b) {
    if (!isTfjsModel(parseObject(bytes, 'The file'))) {
      throw new WeightFileError('This JSON file is no TensorFlow.js layers model: it has no weightsManifest.');
    }
    if (beside) return readTfjs(bytes, beside);
  }
  if (looksLikeSafetensors(bytes)) return readSafetensors(bytes);
  if (isHdf5(bytes)) return readKeras(bytes);
  // ONNX has no magic number: its first field is the IR version.
  if (bytes[0] === 0x08) return readOnnx(bytes);
  if (bytes[0] === 0x80) {
    throw new WeightFileError('This pickle is no state dict written by torch.save.');
  }
  throw new WeightFileError(
    'This is none of safetensors, ONNX, a PyTorch state dict, a TensorFlow.js model or Keras’s HDF5.',
  );
}

function looksLikeSafetensors(bytes: Uint8Array): boolean {
  if (bytes.length < 10 || bytes[8] !== 0x7b) return false;
  const length = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
  return length <= BigInt(bytes.length - 8) || bytes[7] === 0;
}

function readArchive(zip: Zip): WeightFile | Promise<WeightFile> {
  if (isTorchZip(zip)) return readTorchZip(zip);
  const all = zip.entries.filter(({ name, size }) => size > 0 && INSIDE.test(name));
  // The .bin files beside a model.json are its shards.
  const models = all.filter(({ name }) => name.endsWith('model.json'));
  const found = models.length > 0 ? models : all;
  if (found.length === 0) {
    throw new WeightFileError(
      'The archive holds no file of weights (.pt, .pth, .bin, .ckpt, .safetensors, .onnx, .h5, model.json).',
    );
  }
  if (found.length > 1) {
    const names = found.slice(0, 5).map(({ name }) => name);
    throw new WeightFileError(
      `The archive holds ${found.length} files of weights: ${names.join(', ')}. Unpack the one you want.`,
    );
  }
  const { name } = found[0]!;
  const folder = name.slice(0, name.lastIndexOf('/') + 1);
  return named(name, () => {
    const inner = zip.read(name);
    // One archive in another and no more: a state dict in a wheel is itself a zip.
    if (isZip(inner)) {
      if (!TORCH_FILE.test(name) || !isTorchZip(new Zip(inner))) throw new WeightFileError('It is an archive again.');
      return readTorchZip(new Zip(inner));
    }
    return parseWeights(inner, (shard) => zip.read(folder + shard));
  });
}
