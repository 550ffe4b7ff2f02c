import type { Stream } from '../rng.ts';

/** The logarithm of a Gamma(shape, 1) number. A small shape underflows as a plain number, never as a logarithm. */
function logGamma(random: Stream, shape: number): number {
  // Marsaglia and Tsang, "A simple method for generating gamma variables" (2000); below 1 by Gamma(a) = Gamma(a + 1) · U^(1/a).
  const d = (shape < 1 ? shape + 1 : shape) - 1 / 3;
  const boost = shape < 1 ? Math.log(1 - random.uniform()) / shape : 0;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = random.normal();
    const v = (1 + c * x) ** 3;
    if (v <= 0) continue;
    const u = 1 - random.uniform();
    if (Math.log(u) < 0.5 * x * x + d - d * v + d * Math.log(v)) return Math.log(d * v) + boost;
  }
}

/** A number of the distribution Beta(alpha, alpha), in [0, 1]. */
export function drawBeta(random: Stream, alpha: number): number {
  const a = logGamma(random, alpha);
  const b = logGamma(random, alpha);
  return 1 / (1 + Math.exp(b - a));
}
