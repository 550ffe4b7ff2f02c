import type { Activation as KerasActivation } from '@tidemark/training/layers/arguments';
import type { Shape } from '@tidemark/training/layers/shape';
import type { Geometry } from './geometry.ts';

export type Activation = Exclude<KerasActivation, 'linear'>;
type Pair = readonly [number, number];

interface Normalization {
  layer: string;
  epsilon: number;
  channels: number;
  /** Whether there is `layer/beta`, and `layer/gamma`. */
  center: boolean;
  scale: boolean;
}

/**
 * What a layer does to numbers, free of Keras's shorthands: an `activation=` argument is an operation of its own, a
 * SeparableConv2D two. `kernel` is a parameter's name; a bias is `layer/bias`.
 */
export type Operation =
  | {
      kind: 'convolution';
      layer: string;
      kernel: string;
      geometry: Geometry;
      channels: number;
      filters: number;
      /** The kernel is [rows, columns, channels / groups, filters]. */
      groups: number;
      bias: boolean;
    }
  | {
      kind: 'depthwise_convolution';
      layer: string;
      kernel: string;
      geometry: Geometry;
      channels: number;
      /** The kernel is [rows, columns, channels, multiplier]; output channel c · multiplier + q is channel c's q-th. */
      multiplier: number;
      bias: boolean;
    }
  | {
      kind: 'convolution_transpose';
      layer: string;
      kernel: string;
      /** Of the convolution whose transpose it is: `input` is this operation's output, `output` its input. */
      geometry: Geometry;
      /** The kernel is [rows, columns, filters, channels]. */
      channels: number;
      filters: number;
      bias: boolean;
    }
  | { kind: 'dense'; layer: string; inputs: number; units: number; bias: boolean }
  | { kind: 'activation'; activation: Activation }
  | { kind: 'max_pool'; geometry: Geometry }
  | { kind: 'average_pool'; geometry: Geometry }
  | { kind: 'global_average'; keepdims: boolean }
  | { kind: 'global_max'; keepdims: boolean }
  | { kind: 'up_sampling'; size: Pair; interpolation: 'nearest' | 'bilinear' }
  /** [[top, bottom], [left, right]] */
  | { kind: 'zero_padding'; padding: readonly [Pair, Pair] }
  /** The first rows and columns: where one of several readers needs fewer than the others. */
  | { kind: 'crop' }
  | { kind: 'flatten' }
  | { kind: 'dropout'; layer: string; index: number; rate: number; full: Shape }
  /** The mask is [images, channels]. */
  | { kind: 'spatial_dropout'; layer: string; index: number; rate: number; channels: number }
  /** x · scale + offset; one number, or one a channel. */
  | { kind: 'rescaling'; scale: readonly number[]; offset: readonly number[] }
  /** Frozen: moving statistics in training too, and they stay. */
  | ({ kind: 'batch_normalization'; momentum: number; frozen: boolean } & Normalization)
  | ({ kind: 'layer_normalization' } & Normalization)
  | ({ kind: 'group_normalization'; groups: number } & Normalization)
  | { kind: 'add' }
  | { kind: 'multiply' }
  | { kind: 'concatenate' };

/**
 * An operation with the shapes that reach the loss. A pool that drops a last row, say, leaves the operation before it
 * with one row fewer to compute, if nothing else reads it; the numbers that are left, and all gradients, are the same.
 */
export type Planned = Operation & {
  /** The operations that it reads, by index, each earlier than itself; −1 for the image. */
  from: readonly number[];
  /** The shape of each of them, exactly as that operation's `output`; `input` is the first. */
  shapes: readonly Shape[];
  input: Shape;
  output: Shape;
};
