/** How a model's outputs are to be read. */
export type Mode = 'binary' | 'categorical' | 'multi_label' | 'regression';

/** What a model said of some images, and what is true. */
export interface Predictions {
  /** [count, outputs]: probabilities, or a regression's values. */
  outputs: Float32Array;
  /** [count, outputs], as `outputs`; soft labels count as the class with the largest share. */
  labels: Float32Array;
  count: number;
}

/** All that a metric remembers, in a form that a checkpoint can hold to the bit. */
export interface MetricState {
  sums: number[];
  scores: Float32Array;
}

/** A figure over all images seen so far, batch by batch. */
export interface Metric {
  update(predictions: Predictions): void;
  /** By key: `auc`, `precision/cats`. */
  values(): Record<string, number>;
  state(): MetricState;
  load(state: MetricState): void;
}

/** What a metric needs to know about a model. */
export interface Outputs {
  mode: Mode;
  /** Names of the classes; of a regression, of its targets. */
  classes: readonly string[];
  /** Numbers per image: 1 for binary, else one a class. */
  count: number;
}
