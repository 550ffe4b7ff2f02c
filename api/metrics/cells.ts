/**
 * What a part's points of one key come to in cells of one coordinate: their steps, or their times counted from where the attempt's running
 * time begins. A cell is 2^exponent steps, or seconds, wide and begins at a multiple of its width, so that every chart whose grid begins
 * and steps by multiples of at least that width takes a cell whole, whatever the chart's range, budget and other runs.
 *
 * A packed block is: key length (uint16), key (UTF-8), coordinate (uint8), whether all values are finite (uint8), exponent (int16), cells
 * (uint32), phase (float64), zeros up to a multiple of 8 bytes, then the columns as in `packed` and zeros again, all little-endian. Blocks
 * follow each other; so the columns are aligned and are read where they stand.
 */
import type { Series } from './frame.ts';

export type Coordinate = 'step' | 'time';

export interface Cells {
  readonly key: string;
  readonly coordinate: Coordinate;
  readonly exponent: number;
  /** Milliseconds: the time at which the attempt's running time is 0. 0 for steps. */
  readonly phase: number;
  /** Of the first and the last point by the coordinate: the earlier logged is first where equal, the later logged last. */
  readonly low: Float64Array;
  readonly high: Float64Array;
  /** The last point's other coordinate. */
  readonly other: Float64Array;
  /** The cell's highest step: what a later attempt's resume may hide. */
  readonly maxStep: Float64Array;
  readonly first: Float64Array;
  readonly last: Float64Array;
  /** Of the finite values; Infinity, −Infinity and 0 where there is none. */
  readonly min: Float64Array;
  readonly max: Float64Array;
  readonly sum: Float64Array;
  readonly count: Uint32Array;
  readonly nan: Uint32Array;
  readonly positive: Uint32Array;
  readonly negative: Uint32Array;
}

/** Narrowest cells: a step; about a millisecond. */
export const MIN_EXPONENT = { step: 0, time: -10 } as const;

/** The place of a time on the axis of relative time, in seconds; `phase` is what `phaseOf` answers. */
export const relativeSeconds = (time: number, phase: number): number => (time - phase) / 1000;

/** Cells of about `perCell` points each where points are evenly spread; of not many more cells than that in any case. */
export function cellsOf(series: Series, coordinate: Coordinate, perCell: number, phase: number): Cells {
  const { key, steps, times, values } = series;
  const [along, across] = coordinate === 'step' ? [steps, times] : [times, steps];
  const exponent = exponentOf(along, coordinate, perCell);
  const width = 2 ** exponent;
  const cellOf =
    coordinate === 'step' ? (at: number) => at / width : (at: number) => relativeSeconds(at, phase) / width;
  const slots = new Map<number, number>();
  const slotOf = new Uint32Array(along.length);
  let previous = Number.NaN;
  let slot = 0;
  for (let i = 0; i < along.length; i++) {
    const cell = Math.floor(cellOf(along[i]!));
    if (cell !== previous) {
      const known = slots.get(cell);
      slot = known ?? slots.size;
      if (known === undefined) slots.set(cell, slot);
      previous = cell;
    }
    slotOf[i] = slot;
  }
  const cells = blankCells(key, coordinate, exponent, phase, slots.size);
  for (let i = 0; i < along.length; i++) {
    const at = along[i]!;
    const value = values[i]!;
    const s = slotOf[i]!;
    const before = cells.count[s]!++;
    if (before === 0 || at < cells.low[s]!) {
      cells.low[s] = at;
      cells.first[s] = value;
    }
    if (before === 0 || at >= cells.high[s]!) {
      cells.high[s] = at;
      cells.other[s] = across[i]!;
      cells.last[s] = value;
    }
    if (steps[i]! > cells.maxStep[s]!) cells.maxStep[s] = steps[i]!;
    if (Number.isFinite(value)) {
      cells.min[s] = Math.min(cells.min[s]!, value);
      cells.max[s] = Math.max(cells.max[s]!, value);
      cells.sum[s] = cells.sum[s]! + value;
    } else if (Number.isNaN(value)) cells.nan[s]!++;
    else if (value > 0) cells.positive[s]!++;
    else cells.negative[s]!++;
  }
  return cells;
}

function exponentOf(along: Float64Array, coordinate: Coordinate, perCell: number): number {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const at of along) {
    if (at < low) low = at;
    if (at > high) high = at;
  }
  const span = coordinate === 'step' ? high - low + 1 : (high - low + 1) / 1000;
  // A span a little below one cell rounds to −0, which is stored as 0.
  return Math.max(MIN_EXPONENT[coordinate], Math.round(Math.log2((span * perCell) / along.length))) + 0;
}

/** Cells that no point was added to yet. */
export function blankCells(key: string, coordinate: Coordinate, exponent: number, phase: number, size: number): Cells {
  const floats = (value = 0) => new Float64Array(size).fill(value);
  const counts = () => new Uint32Array(size);
  const lowest = Number.NEGATIVE_INFINITY;
  const high = floats(lowest);
  return {
    key,
    coordinate,
    exponent,
    phase,
    low: floats(),
    high,
    other: floats(),
    // By step the highest is the last.
    maxStep: coordinate === 'step' ? high : floats(lowest),
    first: floats(),
    last: floats(),
    min: floats(Number.POSITIVE_INFINITY),
    max: floats(lowest),
    sum: floats(),
    count: counts(),
    nan: counts(),
    positive: counts(),
    negative: counts(),
  };
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();
/** What stands before a block's columns, beside the key. */
const HEADER = 18;

const pad8 = (size: number): number => Math.ceil(size / 8) * 8;

/** The stored columns, in order. */
function packed(cells: Cells, finite: boolean): (Float64Array | Uint32Array)[] {
  const { low, high, other, maxStep, first, last, min, max, sum, count, nan, positive, negative } = cells;
  return [
    ...[low, high, other],
    ...(cells.coordinate === 'time' ? [maxStep] : []),
    ...[first, last, min, max, sum, count],
    ...(finite ? [] : [nan, positive, negative]),
  ];
}

export const packedSize = (key: string, cells: number): number =>
  pad8(HEADER + encoder.encode(key).length) + pad8(88 * cells);

export function encodeCells(blocks: readonly Cells[]): Uint8Array {
  const pieces: Uint8Array[] = [];
  for (const cells of blocks) {
    const finite = [cells.nan, cells.positive, cells.negative].every((column) => column.every((n) => n === 0));
    const name = encoder.encode(cells.key);
    const head = new Uint8Array(pad8(HEADER + name.length));
    const view = new DataView(head.buffer);
    view.setUint16(0, name.length, true);
    head.set(name, 2);
    const at = 2 + name.length;
    view.setUint8(at, cells.coordinate === 'step' ? 0 : 1);
    view.setUint8(at + 1, finite ? 1 : 0);
    view.setInt16(at + 2, cells.exponent, true);
    view.setUint32(at + 4, cells.count.length, true);
    view.setFloat64(at + 8, cells.phase, true);
    pieces.push(head);
    for (const column of packed(cells, finite)) {
      pieces.push(new Uint8Array(column.buffer, column.byteOffset, column.byteLength));
    }
    const odd = cells.count.length * (finite ? 1 : 4);
    if (odd % 2 === 1) pieces.push(new Uint8Array(4));
  }
  const out = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let offset = 0;
  for (const piece of pieces) {
    out.set(piece, offset);
    offset += piece.length;
  }
  return out;
}

/** The blocks of the wanted keys (all by default), in order. The columns are views of `packed`. */
export function decodeCells(packed: Uint8Array, wanted?: ReadonlySet<string>): Cells[] {
  const bytes = packed.byteOffset % 8 === 0 ? packed : packed.slice();
  const { buffer } = bytes;
  const view = new DataView(buffer, bytes.byteOffset, bytes.byteLength);
  const found: Cells[] = [];
  let zeros = new Uint32Array();
  let offset = 0;
  while (offset < bytes.length) {
    const nameLength = view.getUint16(offset, true);
    const key = decoder.decode(bytes.subarray(offset + 2, offset + 2 + nameLength));
    const at = offset + 2 + nameLength;
    const coordinate = view.getUint8(at) === 0 ? 'step' : 'time';
    const finite = view.getUint8(at + 1) === 1;
    const exponent = view.getInt16(at + 2, true);
    const size = view.getUint32(at + 4, true);
    const phase = view.getFloat64(at + 8, true);
    offset = pad8(at + HEADER - 2);
    const width = coordinate === 'step' ? 8 : 9;
    if (!wanted || wanted.has(key)) {
      const start = bytes.byteOffset + offset;
      let column = 0;
      const floats = (): Float64Array => new Float64Array(buffer, start + 8 * size * column++, size);
      const [low, high, other] = [floats(), floats(), floats()];
      const maxStep = coordinate === 'step' ? high : floats();
      const [first, last, min, max, sum] = [floats(), floats(), floats(), floats(), floats()];
      const counts = (index: number): Uint32Array =>
        new Uint32Array(buffer, start + 8 * size * width + 4 * size * index, size);
      if (finite && zeros.length !== size) zeros = new Uint32Array(size);
      const rare = finite ? [zeros, zeros, zeros] : [counts(1), counts(2), counts(3)];
      found.push({
        ...{ key, coordinate, exponent, phase, low, high, other, maxStep, first, last, min, max, sum },
        ...{ count: counts(0), nan: rare[0]!, positive: rare[1]!, negative: rare[2]! },
      });
    }
    offset += pad8(size * (8 * width + (finite ? 4 : 16)));
  }
  return found;
}
