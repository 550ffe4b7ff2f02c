/** The run that a schedule belongs to, in steps (batches). */
export interface Span {
  stepsPerEpoch: number;
  /** Of the whole run. */
  totalSteps: number;
}

/** A length that a config gives in steps, or in epochs, or leaves open. At least one step. */
export function stepsOf(
  steps: number | undefined,
  epochs: number | undefined,
  { stepsPerEpoch }: Span,
  otherwise: number,
): number {
  return Math.max(1, steps ?? (epochs === undefined ? otherwise : Math.round(epochs * stepsPerEpoch)));
}
