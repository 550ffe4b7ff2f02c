import { asMap, rowsOf } from '../strips.ts';
import type { FeatureMap, Lowered, LoweringContext } from '../value.ts';

/**
 * The first rows and columns. Columns are left where they are: those beyond are merely not read. So a gradient is zero
 * there already, and only rows of zeros are added to it.
 */
export function lowerCrop({ g, images }: LoweringContext, output: readonly number[]): Lowered {
  const [rows = 1, width = 1] = output;
  let x: FeatureMap;
  return {
    forward(value) {
      x = asMap(value);
      let left = rows;
      const strips = x.strips.flatMap((s) => {
        const high = Math.min(s.rows, left);
        left -= high;
        return high > 0 ? [{ rows: high, t: rowsOf(g, [s], 0, high) }] : [];
      });
      return { ...x, strips, rows, columns: { ...x.columns, at: x.columns.at.slice(0, width) } };
    },
    backward(d) {
      const below = x.rows - rows;
      const zeros = () => ({ rows: below, t: g.zeros([below, x.columns.stored, images, x.channels]) });
      return { ...x, strips: [...asMap(d).strips, ...(below > 0 ? [zeros()] : [])] };
    },
  };
}
