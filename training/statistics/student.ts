/** The 97.5 % quantile of the normal distribution. */
const Z = 1.959963984540054;
/** From here on the expansion is exact to 1e-12. */
const MANY = 300;

/**
 * t with P(|T| ≤ t) = 0.95 for Student's distribution of `degrees` ≥ 1 whole degrees of freedom: half the width of a 95 % interval in
 * standard errors. Abramowitz and Stegun, Handbook of Mathematical Functions (1964): 26.7.3 and 26.7.4 (the distribution as a finite sum
 * in θ = atan(t/√ν)), solved by bisection; 26.7.5 (expansion around the normal quantile) for many degrees.
 *
 * Not @stdlib/stats-base-dists-t-quantile 0.2.3: it brings 223 packages (27 MB) and 52 kB gzipped into the edge's bundle for this one number.
 */
export function student95(degrees: number): number {
  if (degrees >= MANY) return expanded(degrees);
  let low = 0;
  let high = Math.PI / 2;
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (within(middle, degrees) < 0.95) low = middle;
    else high = middle;
  }
  return Math.sqrt(degrees) * Math.tan((low + high) / 2);
}

/** P(|T| ≤ √ν tan θ). */
function within(theta: number, degrees: number): number {
  const cos2 = Math.cos(theta) ** 2;
  const odd = degrees % 2 === 1;
  // 1 + ½cos² + (1·3)/(2·4)cos⁴ + … for even ν; cos + ⅔cos³ + (2·4)/(3·5)cos⁵ + … for odd ν.
  let term = odd ? Math.cos(theta) : 1;
  let sum = 0;
  for (let k = odd ? 3 : 2; k <= degrees; k += 2) {
    sum += term;
    term *= ((k - 1) / k) * cos2;
  }
  return odd ? (2 / Math.PI) * (theta + Math.sin(theta) * sum) : Math.sin(theta) * sum;
}

function expanded(n: number): number {
  const x = Z;
  const g1 = (x ** 3 + x) / 4;
  const g2 = (5 * x ** 5 + 16 * x ** 3 + 3 * x) / 96;
  const g3 = (3 * x ** 7 + 19 * x ** 5 + 17 * x ** 3 - 15 * x) / 384;
  const g4 = (79 * x ** 9 + 776 * x ** 7 + 1482 * x ** 5 - 1920 * x ** 3 - 945 * x) / 92_160;
  return x + g1 / n + g2 / n ** 2 + g3 / n ** 3 + g4 / n ** 4;
}
