import type { Graph, Ref } from './graph.ts';

/** Rows of a feature map, [rows, stored columns, images, channels]. */
export interface Strip {
  t: Ref;
  rows: number;
}

/** Where logical column c is: stored column `at[c]`. Columns that no `at` names hold finite values that nobody reads. */
export interface Columns {
  stored: number;
  at: readonly number[];
}

/**
 * Feature maps in HWNC order (row, column, image, channel), as strips of rows from top to bottom.
 *
 * HWNC makes every layer a matrix product without a transpose: a linear map along rows is one product with a constant
 * matrix on the left, along columns the same batched over rows, along channels a product on the right. A gradient has
 * the same number of rows and the same stored columns as the value it belongs to (its strips may be cut elsewhere), and
 * is zero in columns that nobody reads. A value may have several readers, whose gradients add up: none may change it.
 */
export interface FeatureMap {
  kind: 'map';
  strips: readonly Strip[];
  rows: number;
  columns: Columns;
  channels: number;
}

/** [images, size]. */
export interface Features {
  kind: 'features';
  t: Ref;
  size: number;
}

export type Value = FeatureMap | Features;

/** One layer in a graph. `backward` may be called once, after `forward`. */
export interface Lowered {
  forward(x: Value): Value;
  /** From the gradient of forward's result to the gradient of its argument; null when `needsInputGradient` is false. */
  backward(d: Value): Value | null;
}

/** A layer of several inputs, or one of one input seen as such. `separate` may be called once, after `join`. */
export interface Joined {
  join(xs: readonly Value[]): Value;
  /** From the gradient of join's result to the gradient of each argument; null where none is known or needed. */
  separate(d: Value): readonly (Value | null)[];
}

/** What a lowering may use. */
export interface LoweringContext {
  readonly g: Graph;
  readonly images: number;
  /** False for an evaluation graph: no masks are kept, no dropout, moving statistics. */
  readonly training: boolean;
  readonly needsInputGradient: boolean;
  /** A parameter's graph input, by its state name. */
  parameter(name: string): Ref;
  /** Hands over a trainable parameter's gradient, of the parameter's size. */
  gradient(name: string, t: Ref): void;
  /** Hands over the next value of a parameter that is not trained by gradient. */
  update(name: string, t: Ref): void;
}
