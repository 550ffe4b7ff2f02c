/** What is wrong with a layer, and what would mend it. */
export interface ShapeProblem {
  index: number;
  /** The key of the layer's spec that causes it. */
  key: string;
  message: string;
  hint: string;
}
