import { bytesOf, type Stored, toFloat32 } from './numbers.ts';
import { PickleDict, PickleGlobal, PickleObject, type PickleRules, type PickleValue, Unpickler } from './pickle.ts';
import { addTensor, elementsOf, shown, type WeightFile, WeightFileError } from './tensors.ts';
import type { Zip } from './zip.ts';

// What `torch.save(model.state_dict(), file)` writes. Since PyTorch 1.6 a zip archive: `{name}/data.pkl`, and each storage's bytes in
// `{name}/data/{key}`. Before: a magic number, a protocol version and the machine's properties, the state dict, the storages' keys,
// each one pickle; then each storage, its length in eight bytes and its numbers. (torch/serialization.py)

const STORAGES: Record<string, Stored> = {
  FloatStorage: 'float32',
  DoubleStorage: 'float64',
  HalfStorage: 'float16',
  BFloat16Storage: 'bfloat16',
  LongStorage: 'whole8',
  IntStorage: 'whole4',
  ShortStorage: 'whole2',
  CharStorage: 'whole1',
  ByteStorage: 'whole1',
  BoolStorage: 'whole1',
};
const GLOBALS = new Set([
  'collections.OrderedDict',
  'torch._utils._rebuild_tensor_v2',
  'torch._utils._rebuild_parameter',
  'torch.Size',
  ...Object.keys(STORAGES).map((name) => `torch.${name}`),
]);
/** The number 0x1950a86a20f9469cfc6c as the first pickle of a file before 1.6. */
const LEGACY = [0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e];

export const isLegacyTorch = (bytes: Uint8Array): boolean => LEGACY.every((byte, i) => bytes[i] === byte);

/** A zip archive's `data.pkl`, in whatever folder; null when it is no PyTorch file. */
const pickleOf = (zip: Zip): string | null =>
  zip.entries.find(({ name }) => /^([^/]+\/)?data\.pkl$/.test(name))?.name ?? null;

export const isTorchZip = (zip: Zip): boolean => pickleOf(zip) !== null;

class Storage extends PickleObject {
  readonly key: string;
  readonly stored: Stored;
  readonly count: number;
  constructor(key: string, stored: Stored, count: number) {
    super();
    this.key = key;
    this.stored = stored;
    this.count = count;
  }
}

class Tensor extends PickleObject {
  readonly storage: Storage;
  readonly offset: number;
  readonly dims: number[];
  readonly strides: number[];
  constructor(storage: Storage, offset: number, dims: number[], strides: number[]) {
    super();
    this.storage = storage;
    this.offset = offset;
    this.dims = dims;
    this.strides = strides;
  }
}

const isCount = (value: PickleValue | undefined): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
const isCounts = (value: PickleValue | undefined): value is number[] => Array.isArray(value) && value.every(isCount);

const RULES: PickleRules = {
  globals: GLOBALS,
  persistent(id) {
    if (Array.isArray(id)) {
      const [kind, type, key, , count] = id;
      const stored = type instanceof PickleGlobal ? STORAGES[type.name.replace('torch.', '')] : undefined;
      if (kind === 'storage' && stored && typeof key === 'string' && isCount(count))
        return new Storage(key, stored, count);
    }
    throw new WeightFileError('The pickle refers to something that is no storage of a tensor.');
  },
  call(name, args) {
    if (name === 'collections.OrderedDict') return orderedDict(args);
    if (name === 'torch.Size' && Array.isArray(args[0])) return args[0];
    if (name === 'torch._utils._rebuild_parameter' && args[0] instanceof Tensor) return args[0];
    if (name === 'torch._utils._rebuild_tensor_v2') {
      const [storage, offset, dims, strides] = args;
      if (storage instanceof Storage && isCount(offset) && isCounts(dims) && isCounts(strides))
        if (dims.length === strides.length) return new Tensor(storage, offset, dims, strides);
    }
    throw new WeightFileError(`The pickle calls ${name} with other arguments than a tensor’s.`);
  },
};

function orderedDict([pairs]: PickleValue[]): PickleDict {
  const dict = new PickleDict();
  if (pairs === undefined) return dict;
  if (!Array.isArray(pairs)) throw new WeightFileError('The pickle makes an OrderedDict of what are no pairs.');
  for (const pair of pairs) {
    if (!Array.isArray(pair) || pair.length !== 2) throw new WeightFileError('An OrderedDict’s item is no pair.');
    dict.set(pair[0]!, pair[1]!);
  }
  return dict;
}

/** A state dict is its own, or stands among other things (an epoch, an optimizer) in a larger one. */
const USUAL_KEYS = ['state_dict', 'model_state_dict', 'model', 'net', 'module', 'weights'];

const holdsTensors = (value: PickleValue | undefined): value is PickleDict =>
  value instanceof PickleDict && [...value.values()].some((item) => item instanceof Tensor);

function stateDict(root: PickleValue): PickleDict {
  if (holdsTensors(root)) return root;
  if (!(root instanceof PickleDict)) throw new WeightFileError('The file holds no state dict.');
  const named = USUAL_KEYS.map((key) => root.get(key)).find(holdsTensors);
  if (named) return named;
  const inner = [...root].filter(([, value]) => holdsTensors(value));
  if (inner.length === 1) return inner[0]![1] as PickleDict;
  const names = [...root.keys()].slice(0, 10).map((key) => shown(String(key)));
  throw new WeightFileError(
    `The file holds ${inner.length === 0 ? 'no' : 'several'} state dicts: its keys are ${names.join(', ')}.`,
  );
}

/** DataParallel puts `module.` before every name. */
const plainNames = (names: readonly string[]): ((name: string) => string) =>
  names.length > 0 && names.every((name) => name.startsWith('module.')) ? (name) => name.slice(7) : (name) => name;

function collect(dict: PickleDict, bytesFor: (storage: Storage) => Uint8Array): WeightFile {
  const file: WeightFile = { framework: 'pytorch', tensors: new Map(), leftOut: [] };
  const entries = [...dict].filter((entry): entry is [string, PickleValue] => typeof entry[0] === 'string');
  const rename = plainNames(entries.map(([name]) => name));
  let [made, stored] = [0, 0];
  const seen = new Set<string>();
  for (const [name, value] of entries) {
    if (!(value instanceof Tensor) || value.storage.stored.startsWith('whole')) {
      file.leftOut.push(rename(name));
      continue;
    }
    const { storage, dims } = value;
    const count = elementsOf(name, dims);
    if (!seen.has(storage.key)) stored += storage.count;
    seen.add(storage.key);
    made += count;
    // Weights may share a storage (tied layers), but a small file must not become a large one by it.
    if (count > storage.count || made > 16 * stored) {
      throw new WeightFileError(`The tensor ${shown(name)} repeats its storage: it cannot be a weight.`);
    }
    addTensor(file, rename(name), { dims, data: strided(name, value, bytesFor(storage)) });
  }
  return file;
}

function strided(name: string, { storage, offset, dims, strides }: Tensor, bytes: Uint8Array): Float32Array {
  const count = dims.reduce((a, b) => a * b, 1);
  const last = dims.reduce((sum, dim, axis) => sum + (dim - 1) * strides[axis]!, offset);
  if (count > 0 && last >= storage.count) {
    throw new WeightFileError(`The tensor ${shown(name)} reaches beyond its storage of ${storage.count} numbers.`);
  }
  const { stored } = storage as { stored: 'float32' };
  let run = 1;
  const plain = dims.every((_, i) => {
    const axis = dims.length - 1 - i;
    const fits = dims[axis] === 1 || strides[axis] === run;
    run *= dims[axis]!;
    return fits;
  });
  const size = bytesOf(stored);
  if (plain || count === 0) return toFloat32(bytes.subarray(offset * size, (offset + count) * size), stored, count);
  const all = toFloat32(bytes, stored, storage.count);
  const out = new Float32Array(count);
  const place = dims.map(() => 0);
  for (let i = 0, at = offset; i < count; i++) {
    out[i] = all[at]!;
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      at += strides[axis]!;
      if (++place[axis]! < dims[axis]!) break;
      at -= strides[axis]! * dims[axis]!;
      place[axis] = 0;
    }
  }
  return out;
}

/** @throws WeightFileError */
export function readTorchZip(zip: Zip): WeightFile {
  const pickle = pickleOf(zip)!;
  const folder = pickle.slice(0, -'data.pkl'.length);
  if (zip.entries.some(({ name }) => name === `${folder}byteorder`)) {
    const order = new TextDecoder().decode(zip.read(`${folder}byteorder`));
    if (order !== 'little') throw new WeightFileError(`The file’s numbers are ${shown(order)}-endian.`);
  }
  const dict = stateDict(new Unpickler(zip.read(pickle), RULES).load());
  const read = new Map<string, Uint8Array>();
  return collect(dict, ({ key, stored, count }) => {
    if (!/^[\w.-]+$/.test(key)) throw new WeightFileError(`A storage has the key ${shown(key)}.`);
    const bytes = read.get(key) ?? zip.read(`${folder}data/${key}`);
    read.set(key, bytes);
    if (bytes.length !== count * bytesOf(stored)) {
      throw new WeightFileError(`The storage ${shown(key)} has ${bytes.length} bytes, not ${count * bytesOf(stored)}.`);
    }
    return bytes;
  });
}

/** @throws WeightFileError */
export function readLegacyTorch(bytes: Uint8Array): WeightFile {
  const pickles = new Unpickler(bytes, RULES);
  pickles.load(); // the magic number
  const version = pickles.load();
  if (version !== 1001) throw new WeightFileError(`PyTorch’s protocol ${shown(String(version))} is not known.`);
  const system = pickles.load();
  if (!(system instanceof PickleDict) || system.get('little_endian') !== true) {
    throw new WeightFileError('The file’s numbers are big-endian.');
  }
  const root = pickles.load();
  const keys = pickles.load();
  if (!Array.isArray(keys)) throw new WeightFileError('The list of storages is missing.');
  // A storage's type stands only where it is used, and the storages lie one after the other: all of them are needed.
  const storages = new Map<string, Storage>();
  for (const storage of storagesIn(root)) storages.set(storage.key, storage);
  const places = new Map<string, Uint8Array>();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let { at } = pickles;
  for (const key of keys) {
    const storage = typeof key === 'string' ? storages.get(key) : undefined;
    if (!storage) throw new WeightFileError(`No tensor says what the storage ${shown(String(key))} holds.`);
    if (at + 8 > bytes.length) throw new WeightFileError('The file ends before its last storage.');
    const count = Number(view.getBigUint64(at, true));
    const size = count * bytesOf(storage.stored);
    if (count !== storage.count || size > bytes.length - at - 8) {
      throw new WeightFileError(`The storage ${shown(storage.key)} of ${count} numbers does not fit into the file.`);
    }
    places.set(storage.key, bytes.subarray(at + 8, at + 8 + size));
    at += 8 + size;
  }
  return collect(stateDict(root), ({ key }) => {
    const found = places.get(key);
    if (!found) throw new WeightFileError(`The storage ${shown(key)} is missing.`);
    return found;
  });
}

/** Every storage in a value, which may lead back to itself. */
function storagesIn(root: PickleValue): Storage[] {
  const found: Storage[] = [];
  const seen = new Set<PickleValue>();
  const open = [root];
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (typeof value !== 'object' || value === null || seen.has(value)) continue;
    seen.add(value);
    if (value instanceof Tensor) found.push(value.storage);
    else if (value instanceof Storage) found.push(value);
    else if (value instanceof PickleDict) for (const item of value.values()) open.push(item);
    else if (Array.isArray(value)) for (const item of value) open.push(item);
  }
  return found;
}
