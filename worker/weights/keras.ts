import { Dataset, File, Group } from 'jsfive';
import { addTensor, elementsOf, shown, type WeightFile, WeightFileError } from './tensors.ts';

// Keras's weights in HDF5. Keras 3 (`.weights.h5`, and inside a `.keras` archive): a group `vars` for each layer, whose attribute `name` is
// the layer's, with data sets 0, 1, … in the order in which the layer made its weights. Before (`.h5`): `layer_names` on the root or on
// `model_weights`, `weight_names` on each layer, paths whose end is `layer/kernel:0`.

const MOST_GROUPS = 100_000;
const MOST_DEPTH = 16;
/** Numbers that a byte of a file may become: gzip packs zeros about a thousand to one. */
const MOST_RATIO = 300;

export const isHdf5 = (bytes: Uint8Array): boolean =>
  bytes[0] === 0x89 && bytes[1] === 0x48 && bytes[2] === 0x44 && bytes[3] === 0x46;

const isNames = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((name) => typeof name === 'string');

/** The superblock (versions 0 to 3) says where the file ends. */
function wholeFile(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const at = bytes[8]! < 2 ? 40 : 28;
  const end = bytes.length < 48 ? Number.POSITIVE_INFINITY : Number(view.getBigUint64(at, true));
  if (end > bytes.length) throw new WeightFileError('The HDF5 file is broken: it ends too early.');
}

/** @throws WeightFileError */
export function readKeras(bytes: Uint8Array): WeightFile {
  wholeFile(bytes);
  const file: WeightFile = { framework: 'tensorflow', tensors: new Map(), leftOut: [] };
  // jsfive prints the names of attributes that it does not know, and a file could put anything there.
  const { warn } = console;
  console.warn = () => {};
  try {
    // A copy with memory of its own: the reader wants a whole buffer.
    const root = new File(Uint8Array.from(bytes).buffer, 'weights');
    const budget = { numbers: bytes.length * MOST_RATIO, groups: MOST_GROUPS };
    const model = root.keys.includes('model_weights') ? root.get('model_weights') : root;
    if (model instanceof Group && isNames(model.attrs.layer_names)) readLegacy(model, file, budget);
    else readVars(root, '', 0, file, budget);
  } catch (error) {
    if (error instanceof WeightFileError) throw error;
    throw new WeightFileError(
      `The HDF5 file is broken: ${String(error)
        .replaceAll(/[^ -~]/g, '')
        .slice(0, 120)}.`,
    );
  } finally {
    console.warn = warn;
  }
  if (file.tensors.size === 0) throw new WeightFileError('The HDF5 file holds no weights of a Keras model.');
  return file;
}

interface Budget {
  numbers: number;
  groups: number;
}

function add(file: WeightFile, name: string, dataset: Dataset, budget: Budget): void {
  const { shape, dtype } = dataset;
  const count = elementsOf(name, shape);
  budget.numbers -= count;
  if (budget.numbers < 0) throw new WeightFileError('The HDF5 file claims more numbers than it can hold.');
  if (typeof dtype !== 'string' || !/^[<>]f[248]$/.test(dtype)) {
    file.leftOut.push(name);
    return;
  }
  const data = Float32Array.from(dataset.value);
  if (data.length !== count) {
    throw new WeightFileError(`The tensor ${shown(name)} has ${data.length} numbers, not ${count}.`);
  }
  addTensor(file, name, { dims: [...shape], data });
}

function readLegacy(model: Group, file: WeightFile, budget: Budget): void {
  const names = new Set(model.keys);
  for (const layer of model.attrs.layer_names as string[]) {
    const group = names.has(layer) ? model.get(layer) : null;
    if (!(group instanceof Group) || !isNames(group.attrs.weight_names)) continue;
    for (const path of group.attrs.weight_names) {
      const dataset = group.get(path);
      if (!(dataset instanceof Dataset)) throw new WeightFileError(`The weight ${shown(path)} is not in the file.`);
      const parts = path.replace(/:\d+$/, '').split('/');
      add(file, [parts.at(-2) ?? layer, parts.at(-1)].join('/'), dataset, budget);
    }
  }
}

/** Weights as `layer/0`, `layer/1`, …: which is which, the model's layer knows. */
function readVars(group: Group, path: string, depth: number, file: WeightFile, budget: Budget): void {
  if (depth > MOST_DEPTH || --budget.groups < 0) throw new WeightFileError('The HDF5 file has too many groups.');
  const { keys } = group;
  if (path.endsWith('/vars') && keys.length > 0) {
    const { name } = group.attrs;
    const layer = typeof name === 'string' ? name : path.split('/').at(-2);
    for (const key of keys) {
      const dataset = group.get(key);
      if (dataset instanceof Dataset && /^\d+$/.test(key)) add(file, `${layer}/${key}`, dataset, budget);
    }
    return;
  }
  for (const key of keys) {
    const inner = group.get(key);
    // What an optimizer or a metric keeps is no weight of the model.
    if (
      inner instanceof Group &&
      !(depth === 0 && key !== 'layers' && key !== '_layer_checkpoint_dependencies' && key !== 'vars')
    ) {
      readVars(inner, `${path}/${key}`, depth + 1, file, budget);
    }
  }
}
