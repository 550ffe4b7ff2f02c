import { ProtobufWriter } from './protobuf.ts';

// Field numbers are those of onnx.proto (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto).

/** An integer, a list of integers, or, boxed, a float (JavaScript has one number type) or a text. */
export type Attribute = number | readonly number[] | { readonly float: number } | { readonly text: string };

export interface OnnxNode {
  op: string;
  name: string;
  inputs: readonly string[];
  output: string;
  attributes: Readonly<Record<string, Attribute>>;
  domain: string;
}

export interface OnnxTensor {
  data: Float32Array | BigInt64Array;
  dims: readonly number[];
}

/** A float32 graph input or output. A string is a symbolic dimension, such as `N`. */
export interface OnnxValue {
  name: string;
  dims: readonly (number | string)[];
}

export interface OnnxModel {
  name: string;
  irVersion: number;
  opsets: readonly (readonly [domain: string, version: number])[];
  nodes: readonly OnnxNode[];
  constants: ReadonlyMap<string, OnnxTensor>;
  inputs: readonly OnnxValue[];
  outputs: readonly OnnxValue[];
  metadata?: Readonly<Record<string, string>>;
}

export const FLOAT = 1;
export const UINT8 = 2;
export const BOOL = 9;
const INT64 = 7;
const ATTRIBUTE_FLOAT = 1;
const ATTRIBUTE_INT = 2;
const ATTRIBUTE_STRING = 3;
const ATTRIBUTE_INTS = 7;

function writeAttribute(w: ProtobufWriter, name: string, value: Attribute): void {
  w.string(1, name);
  if (typeof value === 'number') {
    w.int(3, value);
    w.int(20, ATTRIBUTE_INT);
  } else if ('float' in value) {
    w.float(2, value.float);
    w.int(20, ATTRIBUTE_FLOAT);
  } else if ('text' in value) {
    w.string(4, value.text);
    w.int(20, ATTRIBUTE_STRING);
  } else {
    for (const v of value) w.int(8, v);
    w.int(20, ATTRIBUTE_INTS);
  }
}

function writeNode(w: ProtobufWriter, node: OnnxNode): void {
  for (const i of node.inputs) w.string(1, i);
  w.string(2, node.output);
  w.string(3, node.name);
  w.string(4, node.op);
  for (const [name, value] of Object.entries(node.attributes)) w.message(5, (a) => writeAttribute(a, name, value));
  if (node.domain) w.string(7, node.domain);
}

function writeTensor(w: ProtobufWriter, name: string, { data, dims }: OnnxTensor): void {
  for (const d of dims) w.int(1, d);
  w.int(2, data instanceof BigInt64Array ? INT64 : FLOAT);
  w.string(8, name);
  w.bytes(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

function writeValue(w: ProtobufWriter, { name, dims }: OnnxValue): void {
  w.string(1, name);
  w.message(2, (type) =>
    type.message(1, (tensor) => {
      tensor.int(1, FLOAT);
      tensor.message(2, (shape) => {
        for (const d of dims) shape.message(1, (x) => (typeof d === 'string' ? x.string(2, d) : x.int(1, d)));
      });
    }),
  );
}

/** The bytes of an ONNX file. */
export function encodeModel(model: OnnxModel): Uint8Array {
  const w = new ProtobufWriter();
  w.int(1, model.irVersion);
  w.string(2, 'tidemark');
  w.message(7, (graph) => {
    for (const node of model.nodes) graph.message(1, (m) => writeNode(m, node));
    graph.string(2, model.name);
    for (const [name, tensor] of model.constants) graph.message(5, (t) => writeTensor(t, name, tensor));
    for (const value of model.inputs) graph.message(11, (v) => writeValue(v, value));
    for (const value of model.outputs) graph.message(12, (v) => writeValue(v, value));
  });
  for (const [domain, version] of model.opsets) {
    w.message(8, (o) => {
      if (domain) o.string(1, domain);
      o.int(2, version);
    });
  }
  for (const [key, value] of Object.entries(model.metadata ?? {})) {
    w.message(14, (p) => {
      p.string(1, key);
      p.string(2, value);
    });
  }
  return w.finish();
}
