/** Index of the class that a row of probabilities says: above a half for a binary head, else the first largest. */
export function predicted(probabilities: Float32Array, row: number, outputs: number): number {
  if (outputs === 1) return probabilities[row]! > 0.5 ? 1 : 0;
  let best = 0;
  for (let i = 1; i < outputs; i++) {
    if (probabilities[row * outputs + i]! > probabilities[row * outputs + best]!) best = i;
  }
  return best;
}

/** Index of the class that a row of labels means: 0 or 1, or the place of its 1. */
export function labelled(labels: Float32Array, row: number, outputs: number): number {
  return outputs === 1 ? labels[row]! : predicted(labels, row, outputs);
}

/** How many of a batch's images are predicted right (Keras's binary_accuracy and categorical_accuracy). */
export function countCorrect(
  probabilities: Float32Array,
  labels: Float32Array,
  count: number,
  outputs: number,
): number {
  let correct = 0;
  for (let row = 0; row < count; row++) {
    if (predicted(probabilities, row, outputs) === labelled(labels, row, outputs)) correct++;
  }
  return correct;
}
