import { type Graph, NCHWC, type Ref } from './graph.ts';

type Pair = readonly [number, number];

/**
 * Planes: what convolutions of each channel by itself work on. With images folded into the channels, [rows, columns, image,
 * channel] is [rows, columns, planes], and turning that into planes moves whole blocks of channels.
 * Where ONNX Runtime has blocked convolutions (`g.block`), a plane's block lies together and a convolution costs a quarter of
 * a nanosecond per number; elsewhere planes are ONNX's [1, channels, rows, columns].
 */
interface Window {
  kernel: Pair;
  strides: Pair;
  dilations: Pair;
  /** Zeros before rows and columns, then after them. */
  pads: readonly [number, number, number, number];
}

const inBlocks = (g: Graph, channels: number): number => Math.ceil(channels / g.block) * g.block;

/** From [rows, width, channels]; the result goes to `planeConvolution`, as input or as filters, or to `fromPlanes`. */
export function planes(g: Graph, x: Ref, [rows, width]: Pair, channels: number): Ref {
  if (g.block === 1) {
    const flat = g.transpose(g.reshape(x, [rows * width, channels]), [1, 0]);
    return g.reshape(flat, [1, channels, rows, width]);
  }
  // ReorderInput takes channels in fours, and fills the last block with zeros.
  const fours = g.pad(g.reshape(x, [1, rows, width, channels]), [0, 0, 0, 0], [0, 0, 0, -channels & 3]);
  return g.op('ReorderInput', [fours], { channels_last: 1 }, NCHWC);
}

/** The inverse of `planes`: [rows · width, channels]. */
export function fromPlanes(g: Graph, t: Ref, [rows, width]: Pair, channels: number): Ref {
  if (g.block === 1) return g.transpose(g.reshape(t, [channels, rows * width]), [1, 0]);
  const back = g.op('ReorderOutput', [t], { channels, channels_last: 1 }, NCHWC);
  return g.reshape(back, [rows * width, channels]);
}

/** A window for each channel, [positions, channels], as filters of `planeConvolution`. */
export function planeFilters(g: Graph, w: Ref, positions: number, channels: number): Ref {
  const all = inBlocks(g, channels);
  const padded = g.pad(w, [0, 0], [0, all - channels]);
  return g.transpose(g.reshape(padded, [positions, all / g.block, g.block]), [1, 0, 2]);
}

/** The inverse of `planeFilters`, for a result of so many pixels: [positions, channels]. */
export function fromPlaneFilters(g: Graph, t: Ref, positions: number, channels: number): Ref {
  const all = inBlocks(g, channels);
  const apart = g.transpose(g.reshape(t, [all / g.block, positions, g.block]), [1, 0, 2]);
  const flat = g.reshape(apart, [positions, all]);
  return all === channels ? flat : g.slice(flat, 1, 0, channels);
}

/** Each channel's plane with a filter of its own, not turned, and `bias`, [channels]. */
export function planeConvolution(
  g: Graph,
  t: Ref,
  filters: Ref,
  channels: number,
  { kernel, strides, dilations, pads }: Window,
  bias: Ref | null = null,
): Ref {
  const all = inBlocks(g, channels);
  const inputs = [t, g.reshape(filters, [all, 1, ...kernel])];
  if (bias) inputs.push(g.pad(bias, [0], [all - channels]));
  const attributes = { kernel_shape: kernel, strides, dilations, pads, group: all };
  return g.op('Conv', inputs, attributes, g.block === 1 ? '' : NCHWC);
}
