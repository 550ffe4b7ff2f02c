import { toFloat32 } from './numbers.ts';
import { type Field, fieldsOf, varintsOf } from './protobuf-reader.ts';
import { addTensor, elementsOf, shown, type WeightFile, WeightFileError, type WeightTensor } from './tensors.ts';

// The initialisers of an ONNX model (onnx.proto3: ModelProto.graph 7; GraphProto.node 1, initializer 5; TensorProto dims 1, data_type
// 2, float_data 4, name 8, raw_data 9, double_data 10, external_data 13, data_location 14). Of the nodes only those are looked at
// that say in which order a matrix stands.

const utf8 = new TextDecoder();
const TYPES: Record<number, 'float32' | 'float64' | 'float16' | 'bfloat16'> = {
  1: 'float32',
  10: 'float16',
  11: 'float64',
  16: 'bfloat16',
};
const TYPE_NAMES = 'none float uint8 int8 uint16 int16 int32 int64 string bool float16 double uint32 uint64'.split(' ');

const bytesIn = (field: Field, what: string): Uint8Array => {
  if (field.wire === 2) return field.value;
  throw new WeightFileError(`${what} is no message.`);
};
const intIn = (field: Field): number => (field.wire === 0 ? Number(BigInt.asIntN(64, field.value)) : Number.NaN);

interface Raw {
  name: string;
  dims: number[];
  type: number;
  raw: Uint8Array | null;
  floats: Uint8Array[];
  doubles: Uint8Array[];
  halves: number[];
  external: boolean;
}

function rawTensor(bytes: Uint8Array): Raw {
  const out: Raw = { name: '', dims: [], type: 0, raw: null, floats: [], doubles: [], halves: [], external: false };
  for (const field of fieldsOf(bytes)) {
    if (field.field === 1) for (const dim of varintsOf(field)) out.dims.push(Number(dim));
    else if (field.field === 2) out.type = intIn(field);
    else if (field.field === 4 && field.wire !== 0) out.floats.push(field.value);
    else if (field.field === 5 && (out.type === 10 || out.type === 16))
      for (const bits of varintsOf(field)) out.halves.push(Number(bits) & 0xffff);
    else if (field.field === 8) out.name = utf8.decode(bytesIn(field, 'A tensor’s name'));
    else if (field.field === 9) out.raw = bytesIn(field, 'A tensor’s raw_data');
    else if (field.field === 10 && field.wire !== 0) out.doubles.push(field.value);
    else if (field.field === 13 || (field.field === 14 && intIn(field) === 1)) out.external = true;
    if (out.dims.length > 16) throw new WeightFileError(`The tensor ${shown(out.name)} has more than 16 axes.`);
  }
  return out;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0]!;
  const out = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

function tensorOf(raw: Raw): WeightTensor | null {
  const type = TYPES[raw.type];
  if (!type) {
    if (raw.type >= 1 && raw.type < TYPE_NAMES.length) return null;
    throw new WeightFileError(`The tensor ${shown(raw.name)} has the unknown type ${raw.type}.`);
  }
  if (raw.external) {
    throw new WeightFileError(
      `The numbers of ${shown(raw.name)} lie in another file (external data). Save the model as one file.`,
    );
  }
  const count = elementsOf(raw.name, raw.dims);
  const bytes =
    raw.raw ??
    (type === 'float32'
      ? joined(raw.floats)
      : type === 'float64'
        ? joined(raw.doubles)
        : new Uint8Array(Uint16Array.from(raw.halves).buffer));
  try {
    return { dims: raw.dims, data: toFloat32(bytes, type, count) };
  } catch (error) {
    throw new WeightFileError(`The tensor ${shown(raw.name)}: ${(error as Error).message}`);
  }
}

/** A `Gemm` with transB reads its matrix as [out, in]. @returns that matrix's name, or null for any other node. */
function transposedMatrix(node: Uint8Array): string | null {
  const inputs: string[] = [];
  let op = '';
  let transposed = false;
  for (const field of fieldsOf(node)) {
    if (field.field === 1) inputs.push(utf8.decode(bytesIn(field, 'A node’s input')));
    else if (field.field === 4) op = utf8.decode(bytesIn(field, 'A node’s op'));
    else if (field.field === 5) {
      let name = '';
      let value = 0;
      for (const part of fieldsOf(bytesIn(field, 'A node’s attribute'))) {
        if (part.field === 1) name = utf8.decode(bytesIn(part, 'An attribute’s name'));
        else if (part.field === 3) value = intIn(part);
      }
      if (name === 'transB' && value === 1) transposed = true;
    }
  }
  return op === 'Gemm' && transposed ? (inputs[1] ?? null) : null;
}

function transpose({ dims, data }: WeightTensor): WeightTensor {
  const [rows, columns] = dims as [number, number];
  const out = new Float32Array(data.length);
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) out[c * rows + r] = data[r * columns + c]!;
  return { dims: [columns, rows], data: out };
}

/**
 * Initialisers of an ONNX model, whichever exporter wrote it. Matrices come out as [in, out], kernels as ONNX has them.
 * @throws WeightFileError
 */
export function readOnnx(bytes: Uint8Array): WeightFile {
  const file: WeightFile = { framework: 'onnx', tensors: new Map(), leftOut: [] };
  const transposed = new Set<string>();
  let graphs = 0;
  for (const model of fieldsOf(bytes)) {
    if (model.field !== 7) continue;
    graphs++;
    for (const part of fieldsOf(bytesIn(model, 'The graph'))) {
      if (part.field === 1) {
        const name = transposedMatrix(bytesIn(part, 'A node'));
        if (name !== null) transposed.add(name);
      } else if (part.field === 5) {
        const raw = rawTensor(bytesIn(part, 'An initialiser'));
        const tensor = tensorOf(raw);
        if (tensor) addTensor(file, raw.name, tensor);
        else file.leftOut.push(raw.name);
      }
    }
  }
  if (graphs !== 1) throw new WeightFileError(`An ONNX model has one graph; this file has ${graphs}.`);
  for (const name of transposed) {
    const tensor = file.tensors.get(name);
    if (tensor?.dims.length === 2) file.tensors.set(name, transpose(tensor));
  }
  return file;
}
