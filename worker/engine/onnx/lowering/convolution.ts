import { after, type Geometry } from '../geometry.ts';
import type { Ref } from '../graph.ts';
import { product } from '../product.ts';
import { asMap, natural, single, stored } from '../strips.ts';
import type { FeatureMap, Lowered, LoweringContext } from '../value.ts';
import { convolveBack } from './convolve-back.ts';
import { place } from './place.ts';
import { asTurnedWeights, asWeights, convolve, convolveGradient, type Windows } from './windows.ts';

export interface Convolution {
  layer: string;
  geometry: Geometry;
  channels: number;
  filters: number;
  groups: number;
  bias: boolean;
}

/**
 * Any convolution, as products with unrolled windows, strip by strip.
 */
export function lowerConvolution(context: LoweringContext, spec: Convolution, output: readonly number[]): Lowered {
  const { g, images } = context;
  const { layer, geometry, channels, filters, groups, bias } = spec;
  const { kernel, strides, dilation, before } = geometry;
  const [rows = 1, width = 1] = output;
  const windows: Windows = { kernel, strides, dilation, rows, width, images, channels, groups };
  const isPoint = kernel.every((v) => v === 1) && groups === 1;
  const parameter = (name: string) => context.parameter(`${layer}/${name}`);
  let x: FeatureMap;
  let padded: Ref = '';
  return {
    forward(value) {
      x = asMap(value);
      const ends = after(geometry, [x.rows, x.columns.at.length], [rows, width]);
      padded = g.pad(natural(g, x), [...before, 0, 0], [...ends, 0, 0]);
      const weights = asWeights(g, parameter('kernel'), windows, filters);
      const strips = convolve(g, padded, windows, weights, filters, bias ? parameter('bias') : null);
      return { ...single('', rows, width, filters), strips };
    },
    backward(value) {
      const dy = natural(g, asMap(value));
      const d = convolveGradient(g, padded, windows, [{ t: dy, rows }], filters);
      context.gradient(`${layer}/kernel`, d.kernel);
      if (bias) context.gradient(`${layer}/bias`, d.bias);
      if (!context.needsInputGradient) return null;

      const size = [x.rows, x.columns.at.length] as const;
      if (isPoint) {
        const all = rows * width * images;
        const sizes = { rows: all, columns: channels, inner: filters };
        const weights = asTurnedWeights(g, parameter('kernel'), windows, filters, [0]);
        const flat = product(g, g.reshape(dy, [all, filters]), weights, sizes);
        const origin = [-before[0], -before[1]] as const;
        const dims = [rows, width, images, channels];
        const t = place(g, g.reshape(flat, dims), dims, strides, origin, size);
        return stored(g, single(t, size[0], size[1], channels), x, images);
      }
      const parts = convolveBack(g, dy, { windows, before, size, kernel: parameter('kernel'), filters });
      return stored(g, { ...single('', size[0], size[1], channels), strips: parts }, x, images);
    },
  };
}
