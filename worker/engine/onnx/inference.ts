import type { InferenceMetadata } from '../engine.ts';
import type { Geometry } from './geometry.ts';
import { Graph, type Ref } from './graph.ts';
import { encodeModel } from './onnx.ts';
import type { Operation, Plan } from './plan.ts';
import { range } from './strips.ts';

interface InferenceOptions {
  plan: Plan;
  /** Rows, columns, channels. */
  input: readonly [number, number, number];
  /** By parameter name, in Keras's order of axes. */
  weights: Readonly<Record<string, Float32Array>>;
  metadata: InferenceMetadata;
}

/** Opset 17 and IR 8 are what ONNX Runtime 1.12 (2022) and everything newer reads. */
const OPSET = 17;
const IR_VERSION = 8;

/** [positions, channels, filters] → [filters, channels, positions]: Keras's kernel order to ONNX's. */
function filtersFirst(w: Float32Array, positions: number, channels: number, filters: number): Float32Array {
  const out = new Float32Array(w.length);
  for (let p = 0; p < positions; p++) {
    for (let c = 0; c < channels; c++) {
      for (let f = 0; f < filters; f++) out[(f * channels + c) * positions + p] = w[(p * channels + c) * filters + f]!;
    }
  }
  return out;
}

function windowAttributes({ kernel, strides, before, input, output }: Geometry) {
  const ends = range(2).map((a) => Math.max(0, (output[a]! - 1) * strides[a]! + kernel[a]! - before[a]! - input[a]!));
  return { kernel_shape: kernel, strides, pads: [...before, ...ends] };
}

/** One operation on [N, channels, rows, columns] or [N, size]. */
function infer(g: Graph, x: Ref, operation: Operation, map: boolean, weights: InferenceOptions['weights']): Ref {
  const weight = (layer: string, name: string, dims: readonly number[]) =>
    g.named(`${layer}/${name}`, weights[`${layer}/${name}`]!, dims);
  switch (operation.kind) {
    case 'convolution': {
      const { layer, geometry, channels, filters, bias } = operation;
      const [kh, kw] = geometry.kernel;
      const kernel = filtersFirst(weights[`${layer}/kernel`]!, kh * kw, channels, filters);
      const w = g.named(`${layer}/kernel`, kernel, [filters, channels, kh, kw]);
      const inputs = [x, w, ...(bias ? [weight(layer, 'bias', [filters])] : [])];
      return g.op('Conv', inputs, windowAttributes(geometry));
    }
    case 'dense': {
      const { layer, inputs, units, bias } = operation;
      const t = map ? g.transpose(x, [0, 2, 3, 1]) : x;
      const product = g.matmul(t, weight(layer, 'kernel', [inputs, units]));
      const y = bias ? g.add(product, weight(layer, 'bias', [units])) : product;
      return map ? g.transpose(y, [0, 3, 1, 2]) : y;
    }
    case 'activation':
      if (operation.activation === 'softmax') return g.op('Softmax', [x], { axis: 1 });
      return g.unary(operation.activation === 'relu' ? 'Relu' : 'Sigmoid', x);
    case 'max_pool':
      return g.op('MaxPool', [x], windowAttributes(operation.geometry));
    case 'average_pool':
      return g.op('AveragePool', [x], { ...windowAttributes(operation.geometry), count_include_pad: 0 });
    case 'global_average':
      return g.op('Flatten', [g.op('GlobalAveragePool', [x])], { axis: 1 });
    case 'flatten':
      return map ? g.op('Flatten', [g.transpose(x, [0, 2, 3, 1])], { axis: 1 }) : x;
    case 'dropout':
      return x;
    case 'batch_normalization': {
      const { layer, channels, epsilon } = operation;
      const names = ['gamma', 'beta', 'moving_mean', 'moving_variance'];
      const inputs = names.map((name) => weight(layer, name, [channels]));
      return g.op('BatchNormalization', [x, ...inputs], { epsilon: { float: epsilon } });
    }
    default:
      throw new Error(`There is no inference model with ${operation.kind} yet`);
  }
}

/**
 * A model of standard operators only. Input `image` [N, rows, columns, channels], float32 from 0 to 255; output
 * `probabilities` [N, size]. Metadata: `classes` (JSON list), `input_size` (JSON), `rescale`, `framework`.
 */
export function inferenceModel({ plan, input, weights, metadata }: InferenceOptions): Uint8Array {
  const g = new Graph();
  const pixels = g.scale(g.input('image', ['N', ...input]), metadata.rescale);
  let x = g.transpose(pixels, [0, 3, 1, 2]);
  let map = true;
  for (const operation of plan.operations) {
    x = infer(g, x, operation, map, weights);
    map = operation.output.length === 3;
  }
  g.output('probabilities', x, ['N', plan.outputs]);
  return encodeModel({
    name: 'tidemark',
    irVersion: IR_VERSION,
    opsets: [['', OPSET]],
    nodes: g.nodes,
    constants: g.constants,
    inputs: g.inputs,
    outputs: g.outputs,
    metadata: {
      classes: JSON.stringify(metadata.classes),
      input_size: JSON.stringify(input),
      rescale: String(metadata.rescale),
      framework: 'tidemark',
    },
  });
}
