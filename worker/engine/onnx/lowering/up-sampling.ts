import type { Ref } from '../graph.ts';
import { asMap, natural, range, single, stored } from '../strips.ts';
import type { FeatureMap, Lowered, LoweringContext } from '../value.ts';
import { lowerSeparable, type Weights } from './separable.ts';

interface UpSampling {
  size: readonly [number, number];
  interpolation: 'nearest' | 'bilinear';
}

/** TensorFlow's half-pixel centres: output o looks at (o + ½) / factor − ½, and beyond an edge at the edge. */
function bilinear(factor: number): Weights {
  return (inputs) =>
    range(inputs * factor).map((o) => {
      const at = (o + 0.5) / factor - 0.5;
      const below = Math.floor(at);
      const row = new Array<number>(inputs).fill(0);
      row[Math.max(below, 0)]! += 1 - (at - below);
      row[Math.min(below + 1, inputs - 1)]! += at - below;
      return row;
    });
}

function nearest({ g, images }: LoweringContext, [high, wide]: readonly [number, number]): Lowered {
  let x: FeatureMap;
  return {
    forward(value) {
      x = asMap(value);
      const { rows, channels } = x;
      const width = x.columns.at.length;
      const apart = g.reshape(natural(g, x), [rows, 1, width, 1, images * channels]);
      const t = g.op('Expand', [apart, g.ints([rows, high, width, wide, images * channels])]);
      const dims = [rows * high, width * wide, images, channels];
      return single(g.reshape(t, dims), rows * high, width * wide, channels);
    },
    backward(d) {
      const { rows, channels } = x;
      const width = x.columns.at.length;
      const sum = (t: Ref, dims: readonly number[]) => g.sum(g.reshape(t, dims), [1]);
      const across = sum(natural(g, asMap(d)), [rows * high * width, wide, images * channels]);
      const t = sum(across, [rows, high, width * images * channels]);
      return stored(g, single(g.reshape(t, [rows, width, images, channels]), rows, width, channels), x, images);
    },
  };
}

/** UpSampling2D: rows and columns repeated, or the lines between them interpolated. */
export function lowerUpSampling(context: LoweringContext, { size, interpolation }: UpSampling): Lowered {
  if (interpolation === 'nearest') return nearest(context, size);
  return lowerSeparable(context, [bilinear(size[0]), bilinear(size[1])]);
}
