import { asMap, natural, range, rowsOf, single } from '../strips.ts';
import { transposed } from '../toom.ts';
import type { FeatureMap, Lowered, LoweringContext } from '../value.ts';

/** One axis of a linear map: what each output takes of each input. */
export type Weights = (inputs: number) => readonly (readonly number[])[];

/** A row's entries moved to where columns are stored. */
function atStored(rows: readonly (readonly number[])[], at: readonly number[], stored: number): number[][] {
  return rows.map((row) => {
    const out = new Array<number>(stored).fill(0);
    row.forEach((v, c) => {
      out[at[c]!] = v;
    });
    return out;
  });
}

/** A linear map of rows and one of columns, the same in every channel: two constant products, and their transposes backwards. */
export function lowerSeparable(
  { g, images }: LoweringContext,
  [ofRows, ofColumns]: readonly [Weights, Weights],
): Lowered {
  let x: FeatureMap;
  let down: number[][] = [];
  let across: number[][] = [];
  return {
    forward(value) {
      x = asMap(value);
      const { columns, channels } = x;
      down = atStored(ofRows(x.rows), range(x.rows), x.rows);
      across = atStored(ofColumns(columns.at.length), columns.at, columns.stored);
      const flat = g.reshape(rowsOf(g, x.strips, 0, x.rows), [x.rows, columns.stored * images * channels]);
      const high = g.reshape(g.matmul(g.matrix(down), flat), [down.length, columns.stored, images * channels]);
      const t = g.reshape(g.matmul(g.matrix(across), high), [down.length, across.length, images, channels]);
      return single(t, down.length, across.length, channels);
    },
    backward(d) {
      const { columns, channels } = x;
      const dy = g.reshape(natural(g, asMap(d)), [down.length, across.length, images * channels]);
      const wide = g.matmul(g.matrix(transposed(across)), dy);
      const flat = g.reshape(wide, [down.length, columns.stored * images * channels]);
      const t = g.reshape(g.matmul(g.matrix(transposed(down)), flat), [x.rows, columns.stored, images, channels]);
      return { ...x, strips: [{ t, rows: x.rows }] };
    },
  };
}
