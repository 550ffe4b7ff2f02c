import { type Cells, type Coordinate, cellsOf, encodeCells, packedSize } from './cells.ts';
import type { Series } from './frame.ts';

/**
 * `metric_segments.level`: 0 holds points; the others hold cells, by steps and by running time, of about so many points each: fine and
 * coarse ones of a part, and wide ones of a chapter, which is some parts in a row (`chapters.ts`). A key that has no cells in a part is read
 * from its points, as in parts written before there were levels.
 */
export const LEVELS: Record<Coordinate, { readonly fine: number; readonly coarse: number; readonly wide: number }> = {
  step: { fine: 1, coarse: 2, wide: 5 },
  time: { fine: 3, coarse: 4, wide: 6 },
};
export const FINE_POINTS = 16;
export const COARSE_POINTS = 256;
export const WIDE_POINTS = 1024;
/** A coarse cell is so many powers of two wider than a fine one. */
export const LEVEL_GAP = Math.log2(COARSE_POINTS / FINE_POINTS);

/** Cells of fewer points than this spare nothing. */
const LEAST_POINTS = 32;
/** Rows of cells are split by keys at about this. */
const GROUP_BYTES = 32_768;

export interface LevelRow {
  readonly level: number;
  readonly group: number;
  readonly keys: string[];
  readonly data: Uint8Array;
}

/** The rows of cells that belong to a part. `phase`: of the attempt, as in `Cells`. */
export function levelRows(merged: readonly Series[], phase: number): LevelRow[] {
  const long = merged.filter(({ steps }) => steps.length >= LEAST_POINTS);
  return (['step', 'time'] as const).flatMap((coordinate) => {
    const level = LEVELS[coordinate];
    return [
      ...rowsOf(level.fine, long, (series) =>
        cellsOf(series, coordinate, FINE_POINTS, coordinate === 'step' ? 0 : phase),
      ),
      ...rowsOf(level.coarse, long, (series) =>
        cellsOf(series, coordinate, COARSE_POINTS, coordinate === 'step' ? 0 : phase),
      ),
    ];
  });
}

function rowsOf(level: number, series: readonly Series[], cells: (series: Series) => Cells): LevelRow[] {
  const groups: Cells[][] = [];
  let bytes = GROUP_BYTES;
  for (const one of series) {
    if (bytes >= GROUP_BYTES) {
      groups.push([]);
      bytes = 0;
    }
    const made = cells(one);
    groups.at(-1)!.push(made);
    bytes += packedSize(made.key, made.count.length);
  }
  return groups.map((group, index) => ({
    level,
    group: index,
    keys: group.map(({ key }) => key),
    data: encodeCells(group),
  }));
}
