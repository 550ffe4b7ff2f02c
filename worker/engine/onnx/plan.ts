import { FROM_IMAGE } from '@tidemark/training/layers/inputs';
import { layerNames } from '@tidemark/training/layers/names';
import { edges } from '@tidemark/training/layers/output-shape';
import {
  asPair,
  inferShapes,
  type LayerInfo,
  type ParameterInfo,
  type Shape,
  sizeOf,
} from '@tidemark/training/layers/shape';
import type { LayerSpec } from '@tidemark/training/layers/spec';
import { type Geometry, geometry } from './geometry.ts';
import type { Operation, Planned } from './operation.ts';
import { type Draft, trim } from './trim.ts';

export type { Activation, Operation, Planned } from './operation.ts';

export interface Plan {
  operations: readonly Planned[];
  /** Rows, columns, channels of an image. */
  input: Shape;
  /** The part of it that is read. */
  image: Shape;
  parameters: readonly ParameterInfo[];
  /** The probabilities' size per image. */
  outputs: number;
}

/** How a layer's operations are added; each reads the one before, the first what the layer reads. */
interface Writer {
  push(operation: Operation, to: Shape): void;
  activation(kind: (LayerSpec & { type: 'Activation' })['activation']): void;
}

type Windowed = Extract<LayerSpec, { type: 'Conv2D' | 'DepthwiseConv2D' | 'SeparableConv2D' }>;

/** How a convolution's window goes over a map of a size. */
const windowOf = (spec: Windowed, size: readonly [number, number]): Geometry =>
  geometry(size, asPair(spec.kernel_size), asPair(spec.strides), spec.padding, asPair(spec.dilation_rate));

/** The convolution whose transpose a Conv2DTranspose is: from its output to its input. */
function transposedGeometry(spec: Extract<LayerSpec, { type: 'Conv2DTranspose' }>, output: Shape): Geometry {
  const [kernel, strides, dilation] = [spec.kernel_size, spec.strides, spec.dilation_rate].map(asPair);
  return geometry([output[0]!, output[1]!], kernel!, strides!, spec.padding, dilation);
}

function addLayer(spec: LayerSpec, info: LayerInfo, { push, activation }: Writer): void {
  const { name: layer, input, output, index } = info;
  const channels = input.at(-1)!;
  const size = [input[0]!, input[1]!] as const;
  switch (spec.type) {
    case 'Conv2D': {
      const { filters, groups, use_bias: bias } = spec;
      const g = windowOf(spec, size);
      const kernel = `${layer}/kernel`;
      push({ kind: 'convolution', layer, kernel, geometry: g, channels, filters, groups, bias }, output);
      activation(spec.activation);
      break;
    }
    case 'DepthwiseConv2D': {
      const { depth_multiplier: multiplier, use_bias: bias } = spec;
      const g = windowOf(spec, size);
      const kernel = `${layer}/kernel`;
      push({ kind: 'depthwise_convolution', layer, kernel, geometry: g, channels, multiplier, bias }, output);
      activation(spec.activation);
      break;
    }
    case 'SeparableConv2D': {
      const { depth_multiplier: multiplier, filters, use_bias: bias } = spec;
      const g = windowOf(spec, size);
      const depthwise = { kernel: `${layer}/depthwise_kernel`, geometry: g, channels, multiplier, bias: false };
      const between = channels * multiplier;
      push({ kind: 'depthwise_convolution', layer, ...depthwise }, [...g.output, between]);
      const pointwise = { kernel: `${layer}/pointwise_kernel`, geometry: geometry(g.output, [1, 1], [1, 1], 'valid') };
      push({ kind: 'convolution', layer, ...pointwise, channels: between, filters, groups: 1, bias }, output);
      activation(spec.activation);
      break;
    }
    case 'Conv2DTranspose': {
      const { filters, use_bias: bias } = spec;
      const g = transposedGeometry(spec, output);
      const kernel = `${layer}/kernel`;
      push({ kind: 'convolution_transpose', layer, kernel, geometry: g, channels, filters, bias }, output);
      activation(spec.activation);
      break;
    }
    case 'Dense':
      push({ kind: 'dense', layer, inputs: channels, units: spec.units, bias: spec.use_bias }, output);
      activation(spec.activation);
      break;
    case 'MaxPooling2D':
    case 'AveragePooling2D': {
      const pool = asPair(spec.pool_size);
      const g = geometry(size, pool, asPair(spec.strides ?? pool), spec.padding);
      push({ kind: spec.type === 'MaxPooling2D' ? 'max_pool' : 'average_pool', geometry: g }, output);
      break;
    }
    case 'GlobalAveragePooling2D':
    case 'GlobalMaxPooling2D': {
      const kind = spec.type === 'GlobalMaxPooling2D' ? 'global_max' : 'global_average';
      push({ kind, keepdims: spec.keepdims }, output);
      break;
    }
    case 'UpSampling2D':
      push({ kind: 'up_sampling', size: asPair(spec.size), interpolation: spec.interpolation }, output);
      break;
    case 'ZeroPadding2D':
      push({ kind: 'zero_padding', padding: edges(spec.padding) }, output);
      break;
    case 'Flatten':
      push({ kind: 'flatten' }, output);
      break;
    case 'Dropout':
      if (spec.rate > 0) push({ kind: 'dropout', layer, index, rate: spec.rate, full: input }, output);
      break;
    case 'SpatialDropout2D':
      if (spec.rate > 0) push({ kind: 'spatial_dropout', layer, index, rate: spec.rate, channels }, output);
      break;
    case 'Activation':
      activation(spec.activation);
      break;
    case 'Rescaling':
      push({ kind: 'rescaling', scale: [spec.scale].flat(), offset: [spec.offset].flat() }, output);
      break;
    case 'BatchNormalization': {
      const { momentum, epsilon, center, scale } = spec;
      const frozen = !spec.trainable;
      push({ kind: 'batch_normalization', layer, momentum, frozen, epsilon, channels, center, scale }, output);
      break;
    }
    case 'LayerNormalization': {
      const { epsilon, center, scale } = spec;
      push({ kind: 'layer_normalization', layer, epsilon, channels, center, scale }, output);
      break;
    }
    case 'GroupNormalization': {
      const { epsilon, center, scale } = spec;
      const groups = spec.groups === -1 ? channels : spec.groups;
      push({ kind: 'group_normalization', layer, groups, epsilon, channels, center, scale }, output);
      break;
    }
    case 'Add':
      push({ kind: 'add' }, output);
      break;
    case 'Multiply':
      push({ kind: 'multiply' }, output);
      break;
    case 'Concatenate':
      push({ kind: 'concatenate' }, output);
      break;
  }
}

/**
 * Turns layer specs into operations with shapes. Throws when layers do not fit together, with the first problem's sentence.
 * @param input rows, columns, channels
 */
export function plan(layers: readonly LayerSpec[], input: readonly [number, number, number]): Plan {
  const { layers: infos, problem } = inferShapes(layers, input);
  if (problem) {
    throw new Error(
      `Layer ${problem.index} (${layerNames(layers)[problem.index]}): ${problem.message}. ${problem.hint}`,
    );
  }
  const drafts: Draft[] = [];
  /** The operation that gives each layer's result; a layer that does nothing has the one of the layer before it. */
  const results: number[] = [];
  for (const info of infos) {
    let from = info.from.map((i) => (i === FROM_IMAGE ? FROM_IMAGE : results[i]!));
    let shapes = info.inputs;
    const push = (operation: Operation, to: Shape) => {
      drafts.push({ operation, from, shapes, to });
      from = [drafts.length - 1];
      shapes = [to];
    };
    const activation: Writer['activation'] = (kind) => {
      if (kind !== 'linear') push({ kind: 'activation', activation: kind }, shapes[0]!);
    };
    addLayer(layers[info.index]!, info, { push, activation });
    results.push(from[0]!);
  }
  const output = infos.at(-1)!.output;
  if (output.length !== 1) {
    throw new Error(
      `The last layer must give one row of numbers per image, but gives [${output.join(', ')}]: add Flatten`,
    );
  }
  const parameters = infos.flatMap((info) => info.parameters);
  return { ...trim(drafts, input), input, parameters, outputs: output[0]! };
}

/** Multiplications of one forward pass per image, those of products and convolutions only. */
export function multiplications({ operations }: Plan): number {
  let sum = 0;
  for (const o of operations) {
    if (o.kind === 'dense') sum += sizeOf(o.output) * o.inputs;
    if (o.kind === 'convolution') sum += (sizeOf(o.output) * o.channels * sizeOf(o.geometry.kernel)) / o.groups;
    if (o.kind === 'depthwise_convolution') sum += sizeOf(o.output) * sizeOf(o.geometry.kernel);
    if (o.kind === 'convolution_transpose') sum += sizeOf(o.input) * o.filters * sizeOf(o.geometry.kernel);
  }
  return sum;
}
