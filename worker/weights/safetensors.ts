import { isNumbers, isObject, parseObject } from './json.ts';
import { bytesOf, type Stored, toFloat32 } from './numbers.ts';
import { addTensor, elementsOf, type Framework, shown, type WeightFile, WeightFileError } from './tensors.ts';

// safetensors (https://github.com/huggingface/safetensors, "Format"): eight bytes with the header's length, little-endian; the
// header, JSON: name → {dtype, shape, data_offsets: [begin, end]}, and `__metadata__`, a map of strings; then the bytes, which
// the tensors cover without a gap.

const STORED: Record<string, Stored> = {
  F64: 'float64',
  F32: 'float32',
  F16: 'float16',
  BF16: 'bfloat16',
  I64: 'whole8',
  U64: 'whole8',
  I32: 'whole4',
  U32: 'whole4',
  I16: 'whole2',
  U16: 'whole2',
  I8: 'whole1',
  U8: 'whole1',
  BOOL: 'whole1',
};
const MOST_HEADER = 100_000_000; // the format's own limit
const FRAMEWORKS: Record<string, Framework> = {
  pt: 'pytorch',
  tf: 'tensorflow',
  keras: 'tensorflow',
  np: 'tensorflow',
};
const OURS: readonly string[] = ['tidemark', 'tensorflow', 'pytorch', 'onnx'] satisfies Framework[];

/** `__metadata__.format` says whose tensors they are; where it says nothing, PyTorch's, whose files these mostly are. */
function frameworkOf(metadata: unknown): Framework {
  const format = isObject(metadata) ? metadata.format : undefined;
  if (typeof format !== 'string') return 'pytorch';
  return OURS.includes(format) ? (format as Framework) : (FRAMEWORKS[format] ?? 'pytorch');
}

/** @throws WeightFileError */
export function readSafetensors(bytes: Uint8Array): WeightFile {
  if (bytes.length < 8) throw new WeightFileError('A safetensors file has at least eight bytes.');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = Number(view.getBigUint64(0, true));
  if (length > MOST_HEADER || length > bytes.length - 8) {
    throw new WeightFileError(`The header would take ${length} bytes of ${bytes.length}.`);
  }
  const header = parseObject(bytes.subarray(8, 8 + length), 'The header');
  const body = bytes.subarray(8 + length);
  const file: WeightFile = { framework: frameworkOf(header.__metadata__), tensors: new Map(), leftOut: [] };
  const spans: { name: string; begin: number; end: number }[] = [];
  for (const [name, entry] of Object.entries(header)) {
    if (name === '__metadata__') continue;
    if (
      !isObject(entry) ||
      typeof entry.dtype !== 'string' ||
      !isNumbers(entry.shape) ||
      !isNumbers(entry.data_offsets)
    ) {
      throw new WeightFileError(`The header's entry ${shown(name)} has no dtype, shape and data_offsets.`);
    }
    const stored = Object.hasOwn(STORED, entry.dtype) ? STORED[entry.dtype]! : undefined;
    if (!stored) throw new WeightFileError(`The tensor ${shown(name)} has the unknown type ${shown(entry.dtype)}.`);
    const [begin, end] = entry.data_offsets;
    const count = elementsOf(name, entry.shape);
    const whole = [begin, end].every(
      (offset) => Number.isSafeInteger(offset) && offset! >= 0 && offset! <= body.length,
    );
    if (entry.data_offsets.length !== 2 || !whole || end! - begin! !== count * bytesOf(stored)) {
      throw new WeightFileError(
        `The tensor ${shown(name)} of ${count} × ${entry.dtype} cannot lie at ${begin} to ${end} of ${body.length} bytes.`,
      );
    }
    spans.push({ name, begin: begin!, end: end! });
    if (stored.startsWith('whole')) file.leftOut.push(name);
    else {
      const data = toFloat32(body.subarray(begin, end), stored as 'float32', count);
      addTensor(file, name, { dims: entry.shape, data });
    }
  }
  covered(spans, body.length);
  return file;
}

/** Tensors that overlap could claim the same bytes again and again; bytes between them would be a hiding place. */
function covered(spans: { name: string; begin: number; end: number }[], size: number): void {
  let at = 0;
  for (const { name, begin, end } of spans.sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== at) throw new WeightFileError(`The tensor ${shown(name)} begins at ${begin}, not at ${at}.`);
    at = end;
  }
  if (at !== size) throw new WeightFileError(`${size - at} bytes after the last tensor belong to none.`);
}
