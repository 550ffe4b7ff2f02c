// Areas under curves, exact: every score is a threshold, none is put into a bin.

/** The scores of the images that are of a class and of those that are not, each ascending. */
export interface Ranked {
  positive: Float32Array;
  negative: Float32Array;
}

/**
 * Area under the ROC curve, as the Mann-Whitney statistic: the share of (positive, negative) pairs in which the positive has the
 * higher score, a tie counting half (scikit-learn's roc_auc_score). NaN where there is no pair.
 */
export function rocArea({ positive, negative }: Ranked): number {
  let [below, notAbove, wins] = [0, 0, 0];
  for (const score of positive) {
    while (below < negative.length && negative[below]! < score) below++;
    while (notAbove < negative.length && negative[notAbove]! <= score) notAbove++;
    wins += (below + notAbove) / 2;
  }
  return wins / (positive.length * negative.length);
}

/** True and false positives at each distinct threshold, from the highest down. */
function* thresholds({ positive, negative }: Ranked): Generator<{ hits: number; alarms: number }> {
  let [p, n] = [positive.length, negative.length];
  while (p > 0 || n > 0) {
    const score = Math.max(positive[p - 1] ?? Number.NEGATIVE_INFINITY, negative[n - 1] ?? Number.NEGATIVE_INFINITY);
    while (p > 0 && positive[p - 1]! >= score) p--;
    while (n > 0 && negative[n - 1]! >= score) n--;
    yield { hits: positive.length - p, alarms: negative.length - n };
  }
}

/** Average precision (scikit-learn's average_precision_score): each step in recall times the precision there. NaN without positives. */
export function averagePrecision(ranked: Ranked): number {
  let [before, area] = [0, 0];
  for (const { hits, alarms } of thresholds(ranked)) {
    area += ((hits - before) / ranked.positive.length) * (hits / (hits + alarms));
    before = hits;
  }
  return ranked.positive.length === 0 ? Number.NaN : area;
}

/** Points of a curve to draw. */
export interface Curve {
  /** ROC: false positive rate. Precision over recall: recall. */
  x: number[];
  y: number[];
}

/** Both curves, thinned to `most` points, ends kept. Empty where a class has no images or nothing else has. */
export function curves(ranked: Ranked, most: number): { roc: Curve; pr: Curve } {
  const [positives, negatives] = [ranked.positive.length, ranked.negative.length];
  const roc: Curve = { x: [], y: [] };
  const pr: Curve = { x: [], y: [] };
  if (positives === 0 || negatives === 0) return { roc, pr };
  const all = [...thresholds(ranked)];
  const every = Math.max(1, (all.length - 1) / (most - 1));
  roc.x.push(0);
  roc.y.push(0);
  for (let i = 0; i < all.length; i = i === all.length - 1 ? i + 1 : Math.min(all.length - 1, Math.ceil(i + every))) {
    const { hits, alarms } = all[i]!;
    roc.x.push(alarms / negatives);
    roc.y.push(hits / positives);
    pr.x.push(hits / positives);
    pr.y.push(hits / (hits + alarms));
  }
  return { roc, pr };
}
