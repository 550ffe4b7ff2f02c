/** Index of the class that a row of probabilities says: above a half for a binary head, else the first largest. */
export function predicted(probabilities: Float32Array, row: number, outputs: number): number {
  if (outputs === 1) return probabilities[row]! > 0.5 ? 1 : 0;
  let best = 0;
  for (let i = 1; i < outputs; i++) {
    if (probabilities[row * outputs + i]! > probabilities[row * outputs + best]!) best = i;
  }
  return best;
}
