import type { Geometry } from '../geometry.ts';
import type { Ref } from '../graph.ts';
import { asMap, natural, single, stored } from '../strips.ts';
import type { FeatureMap, Lowered, LoweringContext } from '../value.ts';
import { maxOfPhases, spreadToPhases } from './pool-phases.ts';

/** 2×2 windows side by side, which every pixel is in at most one of. */
export const isTiled = ({ kernel, strides, before }: Geometry): boolean =>
  [...kernel, ...strides].every((v) => v === 2) && before.every((v) => v === 0);

/** A max pool over windows side by side, with few large operations: a GPU's form. On a tie the first pixel in row-major order wins. */
export function lowerTiledMaxPool(context: LoweringContext, output: readonly number[]): Lowered {
  const { g, images, training } = context;
  const [rows = 1, width = 1] = output;
  let x: FeatureMap;
  let mask: Ref | null = null;
  return {
    forward(value) {
      x = asMap(value);
      const size = width * images * x.channels;
      const beyond = [2 * rows - x.rows, 2 * width - x.columns.at.length];
      const used = g.pad(natural(g, x), [0, 0, 0, 0], [...beyond, 0, 0]);
      const windows = g.transpose(g.reshape(used, [rows, 2, width, 2, images * x.channels]), [0, 1, 3, 2, 4]);
      const pooled = maxOfPhases(g, windows, rows, size, training);
      mask = pooled.mask;
      return single(g.reshape(pooled.max, [rows, width, images, x.channels]), rows, width, x.channels);
    },
    backward(value) {
      const block = images * x.channels;
      const spread = spreadToPhases(g, natural(g, asMap(value)), mask!, rows, width * block);
      const windows = g.transpose(g.reshape(spread, [rows, 2, 2, width, block]), [0, 1, 3, 2, 4]);
      const t = g.reshape(windows, [2 * rows, 2 * width, images, x.channels]);
      const columns = x.columns.at.length;
      const whole = g.pad(t, [0, 0, 0, 0], [x.rows - 2 * rows, columns - 2 * width, 0, 0]);
      return stored(g, single(whole, x.rows, columns, x.channels), x, images);
    },
  };
}
