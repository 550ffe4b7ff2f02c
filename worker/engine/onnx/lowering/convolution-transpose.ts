import { extents, type Geometry } from '../geometry.ts';
import type { Ref } from '../graph.ts';
import { asMap, natural, single, stored } from '../strips.ts';
import type { FeatureMap, Lowered, LoweringContext } from '../value.ts';
import { convolveBack } from './convolve-back.ts';
import { asWeights, convolve, convolveGradient, type Windows } from './windows.ts';

interface ConvolutionTranspose {
  layer: string;
  /** Of the convolution whose transpose it is: from this layer's output to its input. */
  geometry: Geometry;
  /** The kernel is [rows, columns, filters, channels]: that of the convolution, from filters to channels. */
  channels: number;
  filters: number;
  bias: boolean;
}

/**
 * Conv2DTranspose: a convolution's transpose. Its gradients are those of a
 * convolution with input and output exchanged: the input's is the convolution itself.
 */
export function lowerConvolutionTranspose(context: LoweringContext, spec: ConvolutionTranspose): Lowered {
  const { g, images } = context;
  const { layer, geometry, channels, filters, bias } = spec;
  const { kernel, strides, dilation, before, input: to, output: from } = geometry;
  const over = extents(geometry);
  const parameter = (name: string) => context.parameter(`${layer}/${name}`);
  /** Of the convolution that leads back. */
  const back: Windows = {
    kernel,
    strides,
    dilation,
    rows: from[0],
    width: from[1],
    images,
    channels: filters,
    groups: 1,
  };
  let x: FeatureMap;
  let t: Ref = '';
  return {
    forward(value) {
      x = asMap(value);
      t = natural(g, x);
      const b = bias ? parameter('bias') : null;
      const own = { windows: back, before, size: to, kernel: parameter('kernel'), filters: channels, bias: b };
      const strips = convolveBack(g, t, own);
      return { ...single('', to[0], to[1], filters), strips };
    },
    backward(value) {
      const dy = natural(g, asMap(value));
      const ends = [0, 1].map((a) => (from[a]! - 1) * strides[a]! + over[a]! - before[a]! - to[a]!);
      const padded = g.pad(dy, [...before, 0, 0], [...ends, 0, 0]);
      // The roles are exchanged: what comes in is the result of the convolution that leads back.
      const d = convolveGradient(g, padded, back, [{ t, rows: from[0] }], channels);
      context.gradient(`${layer}/kernel`, d.kernel);
      if (bias) context.gradient(`${layer}/bias`, g.sum(g.reshape(dy, [to[0] * to[1] * images, filters]), [0]));
      if (!context.needsInputGradient) return null;
      const strips = convolve(g, padded, back, asWeights(g, parameter('kernel'), back, channels), channels);
      return stored(g, { ...single('', from[0], from[1], channels), strips }, x, images);
    },
  };
}
