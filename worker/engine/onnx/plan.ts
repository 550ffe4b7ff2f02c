import { layerNames } from '@tidemark/training/layers/names';
import { asPair, type ParameterInfo, type Shape, sizeOf } from '@tidemark/training/layers/shape';
import type { LayerSpec } from '@tidemark/training/layers/spec';
import { type Geometry, geometry, usedInput } from './geometry.ts';

export type Activation = 'relu' | 'sigmoid' | 'softmax';

/** What a layer does to numbers, free of Keras's shorthands: an `activation=` argument is an operation of its own. */
export type Operation =
  | { kind: 'convolution'; layer: string; geometry: Geometry; channels: number; filters: number; bias: boolean }
  | { kind: 'dense'; layer: string; inputs: number; units: number; bias: boolean }
  | { kind: 'activation'; activation: Activation }
  | { kind: 'max_pool'; geometry: Geometry }
  | { kind: 'average_pool'; geometry: Geometry }
  | { kind: 'global_average' }
  | { kind: 'flatten' }
  | { kind: 'dropout'; layer: string; index: number; rate: number; full: Shape }
  | { kind: 'batch_normalization'; layer: string; momentum: number; epsilon: number; channels: number };

/**
 * An operation with the shapes that reach the loss. A pool that drops a last row, say, leaves the operation before it
 * with one row fewer to compute; the numbers that are left, and all gradients, are the same.
 */
export type Planned = Operation & { input: Shape; output: Shape };

export interface Plan {
  operations: readonly Planned[];
  parameters: readonly ParameterInfo[];
  /** The probabilities' size per image. */
  outputs: number;
}

type Unplanned = Operation & { from: Shape; to: Shape };

function map(shape: Shape, what: string): readonly [number, number, number] {
  const [h, w, c] = shape;
  if (shape.length !== 3) throw new Error(`${what} needs rows, columns and channels, but gets [${shape.join(', ')}]`);
  return [h!, w!, c!];
}

/** Turns layer specs into operations with shapes. `input`: rows, columns, channels. */
export function plan(layers: readonly LayerSpec[], input: readonly [number, number, number]): Plan {
  const names = layerNames(layers);
  const operations: Unplanned[] = [];
  const parameters: ParameterInfo[] = [];
  let shape: Shape = input;

  const push = (operation: Operation, to: Shape) => {
    operations.push({ ...operation, from: shape, to });
    shape = to;
  };
  const activation = (kind: Activation | 'linear') => {
    if (kind !== 'linear') push({ kind: 'activation', activation: kind }, shape);
  };
  const weight = (layer: string, name: string, dims: Shape, trainable = true) =>
    parameters.push({ name: `${layer}/${name}`, shape: dims, trainable });

  layers.forEach((spec, i) => {
    const layer = names[i]!;
    switch (spec.type) {
      case 'Conv2D': {
        const [h, w, c] = map(shape, layer);
        const g = geometry([h, w], asPair(spec.kernel_size), asPair(spec.strides), spec.padding, layer);
        weight(layer, 'kernel', [...g.kernel, c, spec.filters]);
        if (spec.use_bias) weight(layer, 'bias', [spec.filters]);
        const { filters, use_bias: bias } = spec;
        push({ kind: 'convolution', layer, geometry: g, channels: c, filters, bias }, [...g.output, filters]);
        activation(spec.activation);
        break;
      }
      case 'Dense': {
        const inputs = shape.at(-1)!;
        weight(layer, 'kernel', [inputs, spec.units]);
        if (spec.use_bias) weight(layer, 'bias', [spec.units]);
        const to = [...shape.slice(0, -1), spec.units];
        push({ kind: 'dense', layer, inputs, units: spec.units, bias: spec.use_bias }, to);
        activation(spec.activation);
        break;
      }
      case 'MaxPooling2D':
      case 'AveragePooling2D': {
        const [h, w, c] = map(shape, layer);
        const pool = asPair(spec.pool_size);
        const g = geometry([h, w], pool, asPair(spec.strides ?? pool), spec.padding, layer);
        push({ kind: spec.type === 'MaxPooling2D' ? 'max_pool' : 'average_pool', geometry: g }, [...g.output, c]);
        break;
      }
      case 'GlobalAveragePooling2D':
        push({ kind: 'global_average' }, [map(shape, layer)[2]]);
        break;
      case 'Flatten':
        push({ kind: 'flatten' }, [sizeOf(shape)]);
        break;
      case 'Dropout':
        if (spec.rate > 0) push({ kind: 'dropout', layer, index: i, rate: spec.rate, full: shape }, shape);
        break;
      case 'Activation':
        activation(spec.activation);
        break;
      case 'BatchNormalization': {
        const channels = shape.at(-1)!;
        weight(layer, 'gamma', [channels]);
        weight(layer, 'beta', [channels]);
        weight(layer, 'moving_mean', [channels], false);
        weight(layer, 'moving_variance', [channels], false);
        const { momentum, epsilon } = spec;
        push({ kind: 'batch_normalization', layer, momentum, epsilon, channels }, shape);
        break;
      }
    }
  });
  if (shape.length !== 1) {
    throw new Error(
      `The last layer must give one row of numbers per image, but gives [${shape.join(', ')}]: add Flatten`,
    );
  }
  return { operations: trim(operations), parameters, outputs: shape[0]! };
}

function trim(operations: readonly Unplanned[]): Planned[] {
  const planned: Planned[] = [];
  let used: Shape = operations.at(-1)?.to ?? [];
  for (const operation of operations.toReversed()) {
    const output = used;
    used = usedBy(operation, output);
    planned.unshift({ ...operation, input: used, output });
  }
  return planned;
}

/** The part of its input that an operation needs for the given part of its output. */
function usedBy(operation: Unplanned, output: Shape): Shape {
  switch (operation.kind) {
    case 'convolution':
    case 'max_pool':
    case 'average_pool':
      return [...usedInput(operation.geometry, [output[0]!, output[1]!]), operation.from[2]!];
    case 'activation':
    case 'dropout':
      return output;
    case 'dense':
      return [...output.slice(0, -1), operation.inputs];
    default:
      return operation.from;
  }
}
