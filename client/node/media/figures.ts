import type { MediaValue } from '@tidemark/api/contract/media';
import { Medium } from './medium.ts';

type Cell = string | number | boolean | null | undefined | bigint;
type Curve = Extract<MediaValue, { type: 'roc_curve' }>['curves'][number];

/** A table. Numbers that JSON has not become their words: `NaN`. @throws TypeError when a row has another length than the columns */
export function table(columns: readonly string[], rows: readonly (readonly Cell[])[]): Medium {
  const cells = rows.map((row, i) => {
    if (row.length !== columns.length) {
      throw new TypeError(`row ${i} of the table has ${row.length} cells for ${columns.length} columns`);
    }
    return row.map((cell) => {
      if (typeof cell === 'bigint' || (typeof cell === 'number' && !Number.isFinite(cell))) return String(cell);
      return cell ?? null;
    });
  });
  return new Medium({ type: 'table', columns: [...columns], rows: cells });
}

/**
 * How often values fall into `bins` equal parts (64) of their range; the last part includes its end, as in NumPy's `histogram`. NaN
 * and infinities are left out. @throws TypeError when nothing is left
 */
export function histogram(values: ArrayLike<number>, { bins = 64 }: { bins?: number } = {}): Medium {
  if (!Number.isInteger(bins) || bins < 1 || bins > 4096) throw new TypeError('bins is a whole number from 1 to 4096');
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!Number.isFinite(value)) continue;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  if (min > max) throw new TypeError('a histogram of no finite value');
  if (min === max) [min, max] = [min - 0.5, max + 0.5];
  const width = (max - min) / bins;
  const edges = Array.from({ length: bins + 1 }, (_, i) => (i === bins ? max : min + i * width));
  // Values so large or so close that parts of their range are no different numbers.
  if (!Number.isFinite(width) || edges.some((edge, i) => i > 0 && edge <= edges[i - 1]!)) {
    return histogramOf([min, max === min ? Math.max(1, min * 2) : max], [countFinite(values)]);
  }
  const counts = new Array<number>(bins).fill(0);
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!Number.isFinite(value)) continue;
    let bin = Math.min(bins - 1, Math.floor((value - min) / width));
    if (value < edges[bin]!) bin--;
    else if (bin < bins - 1 && value >= edges[bin + 1]!) bin++;
    counts[bin]!++;
  }
  return histogramOf(edges, counts);
}

/** A histogram that was counted already. */
export const histogramOf = (edges: readonly number[], counts: readonly number[]): Medium =>
  new Medium({ type: 'histogram', edges: [...edges], counts: [...counts] });

/** Counts by [label][prediction]. */
export const confusionMatrix = (classes: readonly string[], counts: readonly (readonly number[])[]): Medium =>
  new Medium({ type: 'confusion_matrix', classes: [...classes], counts: counts.map((row) => [...row]) });

/** Precision (y) over recall (x), a curve a class. */
export const prCurve = (curves: readonly Curve[]): Medium => new Medium({ type: 'pr_curve', curves: [...curves] });

/** True positive rate (y) over false positive rate (x), a curve a class. */
export const rocCurve = (curves: readonly Curve[]): Medium => new Medium({ type: 'roc_curve', curves: [...curves] });

/** A text; Markdown is shown as such. */
export const text = (words: string, format: 'plain' | 'markdown' = 'plain'): Medium =>
  new Medium({ type: 'text', text: words, format });

function countFinite(values: ArrayLike<number>): number {
  let count = 0;
  for (let i = 0; i < values.length; i++) if (Number.isFinite(values[i])) count++;
  return count;
}
