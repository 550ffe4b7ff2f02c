import { Buckets, type Columns, exactColumns, type Placed } from './buckets.ts';
import type { Cells } from './cells.ts';
import type { Grid } from './grid.ts';
import type { View } from './measure.ts';

/** What a series is drawn into, a piece after the other in any sequence. */
export interface Sink {
  /** Whether cells may be added instead of their points: none of them then reaches into a second bucket. */
  takes(cells: Pick<Cells, 'coordinate' | 'phase' | 'exponent'>): boolean;
  addPoints(points: Placed, order: number): void;
  addCells(cells: Cells, attempt: number, order: number): void;
  columns(): Columns;
}

export function bucketSink(grid: Grid, { axis, place }: View): Sink {
  const buckets = new Buckets(grid);
  const { alignment, exponent } = grid;
  return {
    takes: (cells) =>
      cells.exponent <= exponent && (axis !== 'wall' || (alignment.unit === 1000 && alignment.phase === cells.phase)),
    addPoints: (points, order) => buckets.addPoints(points, order),
    addCells: (cells, attempt, order) => buckets.addCells(cells, (at) => place(at, at, attempt), order),
    columns: () => buckets.columns(),
  };
}

/** Every point, by its place; of equal ones in the order logged. */
export function exactSink(): Sink {
  const pieces: { points: Placed; order: number }[] = [];
  return {
    takes: () => false,
    addPoints: (points, order) => void pieces.push({ points, order }),
    addCells: () => {
      throw new Error('an exact series is drawn from its points');
    },
    columns: () => {
      const inOrder = pieces.toSorted((a, b) => a.order - b.order).map(({ points }) => points);
      return exactColumns(ascending(joined(inOrder)));
    },
  };
}

function joined(pieces: readonly Placed[]): Placed {
  const size = pieces.reduce((sum, { x }) => sum + x.length, 0);
  const out = {
    x: new Float64Array(size),
    steps: new Float64Array(size),
    times: new Float64Array(size),
    values: new Float64Array(size),
  };
  let offset = 0;
  for (const { x, steps, times, values } of pieces) {
    out.x.set(x, offset);
    out.steps.set(steps, offset);
    out.times.set(times, offset);
    out.values.set(values, offset);
    offset += x.length;
  }
  return out;
}

function ascending(points: Placed): Placed {
  const { x, steps, times, values } = points;
  if (x.every((at, i) => i === 0 || at >= x[i - 1]!)) return points;
  const order = Uint32Array.from(x, (_, i) => i).sort((a, b) => x[a]! - x[b]! || a - b);
  const by = (column: Float64Array): Float64Array => Float64Array.from(order, (i) => column[i]!);
  return { x: by(x), steps: by(steps), times: by(times), values: by(values) };
}
