import type { Geometry } from '../geometry.ts';
import { asMap, natural, range, rowsOf } from '../strips.ts';
import type { FeatureMap, Lowered, LoweringContext, Strip } from '../value.ts';
import { lowerDense } from './dense.ts';

interface StridedPoint {
  layer: string;
  geometry: Geometry;
  channels: number;
  filters: number;
  bias: boolean;
}

/**
 * A 1×1 convolution with strides: of each strip, the pixels under the window are gathered from whatever stored order it has, then
 * multiplied. Backwards each strip is gathered from the product's pixels and one of zeros. Without padding: `same` has none here.
 */
export function lowerStridedPoint(context: LoweringContext, spec: StridedPoint, output: readonly number[]): Lowered {
  const { g, images } = context;
  const { channels, filters, geometry } = spec;
  const [sh, sw] = geometry.strides;
  const [rows = 1, width = 1] = output;
  const dense = lowerDense(context, { ...spec, inputs: channels, units: filters });
  const block = images * channels;
  let x: FeatureMap;

  /** Of each strip of x: the result's rows [first, first + own) that lie in it, and the first one's row within it. */
  const parts = () => {
    let at = 0;
    return x.strips.map((s) => {
      const first = Math.min(Math.ceil(at / sh), rows);
      const end = Math.min(Math.ceil((at + s.rows) / sh), rows);
      const part = { strip: s, first, own: end - first, top: first * sh - at };
      at += s.rows;
      return part;
    });
  };
  return {
    forward(value) {
      x = asMap(value);
      const { stored, at } = x.columns;
      const picked = parts().flatMap(({ strip, own, top }): Strip[] => {
        if (own === 0) return [];
        const list = range(own).flatMap((i) => range(width).map((j) => (top + i * sh) * stored + at[j * sw]!));
        const t = g.gather(g.reshape(strip.t, [strip.rows * stored, block]), 0, list);
        return [{ rows: own, t: g.reshape(t, [own, width, images, channels]) }];
      });
      return dense.forward({
        kind: 'map',
        strips: picked,
        rows,
        columns: { stored: width, at: range(width) },
        channels,
      });
    },
    backward(value) {
      const d = dense.backward(value);
      if (!d) return null;
      const map = asMap(d);
      const dx = map.columns.stored === width ? map : { ...map, strips: [{ t: natural(g, map), rows }] };
      const { stored, at } = x.columns;
      const strips = parts().map(({ strip, first, own, top }): Strip => {
        const dims = [strip.rows, stored, images, channels];
        if (own === 0) return { rows: strip.rows, t: g.zeros(dims) };
        const list = new Array<number>(strip.rows * stored).fill(own * width);
        for (const i of range(own))
          for (const j of range(width)) list[(top + i * sh) * stored + at[j * sw]!] = i * width + j;
        const pixels = g.reshape(rowsOf(g, dx.strips, first, first + own), [own * width, block]);
        const t = g.gather(g.concat([pixels, g.zeros([1, block])], 0), 0, list);
        return { rows: strip.rows, t: g.reshape(t, dims) };
      });
      return { ...x, strips };
    },
  };
}
