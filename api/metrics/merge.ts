import { blankCells, type Cells, relativeSeconds } from './cells.ts';

/**
 * What two lists of cells of one key, coordinate and phase come to in one, of cells as wide as the wider of the two: exactly the cells
 * that their points would make, because a cell lies in one cell of any greater width. `earlier` was logged before `later`.
 */
export function mergeCells(earlier: Cells, later: Cells): Cells {
  const { key, coordinate, phase } = earlier;
  const exponent = Math.max(earlier.exponent, later.exponent);
  const width = 2 ** exponent;
  const slots = new Map<number, number>();
  const slotsOf = ({ low }: Cells): Uint32Array =>
    Uint32Array.from(low, (at) => {
      const cell = Math.floor((coordinate === 'step' ? at : relativeSeconds(at, phase)) / width);
      const known = slots.get(cell);
      if (known !== undefined) return known;
      slots.set(cell, slots.size);
      return slots.size - 1;
    });
  const parts = [earlier, later].map((cells) => ({ cells, slot: slotsOf(cells) }));
  const out = blankCells(key, coordinate, exponent, phase, slots.size);
  for (const { cells, slot } of parts) for (let i = 0; i < slot.length; i++) addCell(out, slot[i]!, cells, i);
  return out;
}

function addCell(out: Cells, s: number, cells: Cells, i: number): void {
  const before = out.count[s]!;
  if (before === 0 || cells.low[i]! < out.low[s]!) {
    out.low[s] = cells.low[i]!;
    out.first[s] = cells.first[i]!;
  }
  if (before === 0 || cells.high[i]! >= out.high[s]!) {
    out.high[s] = cells.high[i]!;
    out.other[s] = cells.other[i]!;
    out.last[s] = cells.last[i]!;
  }
  // By step the highest step is `high` itself, the same column.
  if (cells.maxStep[i]! > out.maxStep[s]!) out.maxStep[s] = cells.maxStep[i]!;
  out.min[s] = Math.min(out.min[s]!, cells.min[i]!);
  out.max[s] = Math.max(out.max[s]!, cells.max[i]!);
  out.sum[s] = out.sum[s]! + cells.sum[i]!;
  out.count[s] = before + cells.count[i]!;
  out.nan[s] = out.nan[s]! + cells.nan[i]!;
  out.positive[s] = out.positive[s]! + cells.positive[i]!;
  out.negative[s] = out.negative[s]! + cells.negative[i]!;
}
