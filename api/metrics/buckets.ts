import { fromNumber, type MetricValue } from '../contract/common.ts';
import type { SeriesOut } from '../contract/metrics.ts';
import type { Cells } from './cells.ts';
import { bucketOf, type Grid } from './grid.ts';

/** One key's points with their place on the chart's axis. */
export interface Placed {
  readonly x: Float64Array;
  readonly steps: Float64Array;
  readonly times: Float64Array;
  readonly values: Float64Array;
}

export type Columns = Omit<SeriesOut, 'run' | 'key'>;

export const exactColumns = ({ x, steps, times, values }: Placed): Columns => ({
  total: x.length,
  shown: x.length,
  exact: true,
  x: listOf(x),
  step: listOf(steps),
  time: listOf(times),
  value: values.every(Number.isFinite) ? listOf(values) : Array.from(values, fromNumber),
});

/** A plain loop: several times as fast as an iterator or a mapping, of which a chart of many runs needs hundreds of thousands. */
function listOf(column: Float64Array): number[] {
  const out: number[] = [];
  for (let i = 0; i < column.length; i++) out.push(column[i]!);
  return out;
}

/**
 * What one series comes to in a grid's buckets: every extreme survives, and what is not finite is counted. Points and cells may be added
 * in any sequence; `order` says where they come in what was logged, which decides between points at one place.
 */
export class Buckets {
  private readonly grid: Grid;
  private readonly count: Float64Array;
  private readonly nan: Float64Array;
  private readonly positive: Float64Array;
  private readonly negative: Float64Array;
  private readonly sum: Float64Array;
  private readonly min: Float64Array;
  private readonly max: Float64Array;
  private readonly first: Float64Array;
  private readonly firstX: Float64Array;
  private readonly firstOrder: Float64Array;
  private readonly last: Float64Array;
  private readonly lastX: Float64Array;
  private readonly lastOrder: Float64Array;
  private readonly lastStep: Float64Array;
  private readonly lastTime: Float64Array;

  constructor(grid: Grid) {
    const column = (value = 0): Float64Array => new Float64Array(grid.count).fill(value);
    this.grid = grid;
    this.count = column();
    this.nan = column();
    this.positive = column();
    this.negative = column();
    this.sum = column();
    this.min = column(Number.POSITIVE_INFINITY);
    this.max = column(Number.NEGATIVE_INFINITY);
    this.first = column();
    this.firstX = column(Number.POSITIVE_INFINITY);
    this.firstOrder = column(Number.POSITIVE_INFINITY);
    this.last = column();
    this.lastX = column(Number.NEGATIVE_INFINITY);
    this.lastOrder = column();
    this.lastStep = column();
    this.lastTime = column();
  }

  addPoints({ x, steps, times, values }: Placed, order: number): void {
    const { grid } = this;
    for (let i = 0; i < x.length; i++) {
      const value = values[i]!;
      const bucket = bucketOf(grid, x[i]!);
      this.count[bucket]!++;
      this.offerFirst(bucket, x[i]!, order, value);
      this.offerLast(bucket, x[i]!, order, value, steps[i]!, times[i]!);
      if (Number.isFinite(value)) {
        this.sum[bucket] = this.sum[bucket]! + value;
        this.min[bucket] = Math.min(this.min[bucket]!, value);
        this.max[bucket] = Math.max(this.max[bucket]!, value);
      } else if (Number.isNaN(value)) this.nan[bucket]!++;
      else if (value > 0) this.positive[bucket]!++;
      else this.negative[bucket]!++;
    }
  }

  /** Cells that each lie in one bucket; `place` is of their coordinate. */
  addCells(cells: Cells, place: (at: number) => number, order: number): void {
    const { grid } = this;
    const { count, nan, positive, negative, min, max, sum, first, last } = cells;
    const [steps, times] = cells.coordinate === 'step' ? [cells.high, cells.other] : [cells.other, cells.high];
    for (let i = 0; i < count.length; i++) {
      const low = place(cells.low[i]!);
      const bucket = bucketOf(grid, low);
      this.count[bucket]! += count[i]!;
      this.nan[bucket]! += nan[i]!;
      this.positive[bucket]! += positive[i]!;
      this.negative[bucket]! += negative[i]!;
      this.sum[bucket]! += sum[i]!;
      this.min[bucket] = Math.min(this.min[bucket]!, min[i]!);
      this.max[bucket] = Math.max(this.max[bucket]!, max[i]!);
      this.offerFirst(bucket, low, order, first[i]!);
      this.offerLast(bucket, place(cells.high[i]!), order, last[i]!, steps[i]!, times[i]!);
    }
  }

  private offerFirst(bucket: number, x: number, order: number, value: number): void {
    const known = this.firstX[bucket]!;
    if (x > known || (x === known && order >= this.firstOrder[bucket]!)) return;
    this.firstX[bucket] = x;
    this.firstOrder[bucket] = order;
    this.first[bucket] = value;
  }

  private offerLast(bucket: number, x: number, order: number, value: number, step: number, time: number): void {
    const known = this.lastX[bucket]!;
    if (x < known || (x === known && order < this.lastOrder[bucket]!)) return;
    this.lastX[bucket] = x;
    this.lastOrder[bucket] = order;
    this.last[bucket] = value;
    this.lastStep[bucket] = step;
    this.lastTime[bucket] = time;
  }

  /** One entry a bucket that has points. */
  columns(): Columns {
    const used: number[] = [];
    let total = 0;
    this.count.forEach((n, bucket) => {
      total += n;
      if (n > 0) used.push(bucket);
    });
    const numbers = (column: Float64Array): number[] => used.map((bucket) => column[bucket]!);
    const values = (column: Float64Array): MetricValue[] => used.map((bucket) => fromNumber(column[bucket]!));
    const finite = (column: Float64Array): (number | null)[] =>
      used.map((bucket) => (Number.isFinite(column[bucket]!) ? column[bucket]! : null));
    const counts = (name: 'nan' | 'positive' | 'negative'): number[] | null =>
      this[name].some((n) => n > 0) ? numbers(this[name]) : null;
    const [nan, positiveInfinity, negativeInfinity] = [counts('nan'), counts('positive'), counts('negative')];
    return {
      total,
      shown: used.length,
      exact: false,
      x: numbers(this.lastX),
      step: numbers(this.lastStep),
      time: numbers(this.lastTime),
      value: values(this.last),
      count: numbers(this.count),
      first: values(this.first),
      min: finite(this.min),
      max: finite(this.max),
      mean: used.map((bucket) => this.meanOf(bucket)),
      ...(nan && { nan }),
      ...(positiveInfinity && { positiveInfinity }),
      ...(negativeInfinity && { negativeInfinity }),
    };
  }

  /** A sum of huge values may overflow where their mean does not; it lies between the extremes in any case. */
  private meanOf(bucket: number): number | null {
    const count = this.count[bucket]! - this.nan[bucket]! - this.positive[bucket]! - this.negative[bucket]!;
    if (count === 0) return null;
    const [sum, min, max] = [this.sum[bucket]!, this.min[bucket]!, this.max[bucket]!];
    return Number.isFinite(sum) ? Math.min(max, Math.max(min, sum / count)) : min / 2 + max / 2;
  }
}
