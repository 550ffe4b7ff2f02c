import { after, extents } from '../geometry.ts';
import type { Graph, Ref } from '../graph.ts';
import { asMap, natural, range, single, stored } from '../strips.ts';
import type { FeatureMap, Lowered, LoweringContext } from '../value.ts';
import type { Convolution } from './convolution.ts';

/** Channels that one product of the kernel's gradient takes together, at least: fewer leave a GPU's units idle. */
const TOGETHER = 64;

/** Keras's kernel [rows, columns, channels / groups, filters] as ONNX's [filters, channels / groups, rows, columns]. */
const asFilters = (g: Graph, kernel: Ref): Ref => g.transpose(kernel, [3, 2, 0, 1]);

/** The kernel turned by 180°, from filters back to channels: [channels, filters / groups, rows, columns]. */
function asTurnedFilters(g: Graph, kernel: Ref, { geometry, channels, filters, groups }: Convolution): Ref {
  const [kh, kw] = geometry.kernel;
  const positions = g.reshape(kernel, [kh * kw, channels / groups, groups, filters / groups]);
  const turned = g.gather(positions, 0, range(kh * kw).reverse());
  return g.reshape(g.transpose(turned, [2, 1, 3, 0]), [channels, filters / groups, kh, kw]);
}

/**
 * Any convolution, by ONNX's Conv and ConvTranspose: what a GPU's libraries are made for. The kernel's gradient is a product for
 * each row of the result, added up: there are many rows, so that a GPU has enough to do at once.
 */
export function lowerDirectConvolution(
  context: LoweringContext,
  spec: Convolution,
  output: readonly number[],
): Lowered {
  const { g, images } = context;
  const { layer, geometry, channels, filters, groups, bias } = spec;
  const { kernel, strides, dilation, before } = geometry;
  const [rows = 1, width = 1] = output;
  const [kh, kw] = kernel;
  const over = extents(geometry);
  const parameter = (name: string) => context.parameter(`${layer}/${name}`);
  const attributes = { kernel_shape: kernel, strides, dilations: dilation, group: groups };
  let x: FeatureMap;
  /** Zeros after the input; negative where its last rows or columns are read by nobody. */
  let ends: readonly [number, number] = [0, 0];

  function kernelGradient(dy: Ref): Ref {
    const size = width * images;
    const padded = g.pad(natural(g, x), [...before, 0, 0], [...ends, 0, 0]);
    const across = g.transpose(g.reshape(dy, [rows, size, groups, filters / groups]), [0, 2, 3, 1]);
    const window = (position: number) => {
      const [u, v] = [Math.floor(position / kw) * dilation[0], (position % kw) * dilation[1]];
      const to = [u + (rows - 1) * strides[0] + 1, v + (width - 1) * strides[1] + 1];
      return g.reshape(g.slices(padded, [0, 1], [u, v], to, strides), [rows, size, groups, channels / groups]);
    };
    const most = Math.max(1, Math.ceil((TOGETHER * groups) / channels));
    const parts = range(Math.ceil((kh * kw) / most)).map((part) => {
      const positions = range(kh * kw).slice(part * most, (part + 1) * most);
      const deep = (positions.length * channels) / groups;
      const windows = g.concat(positions.map(window), 3);
      const grouped = groups === 1 ? g.reshape(windows, [rows, 1, size, deep]) : g.transpose(windows, [0, 2, 1, 3]);
      const product = g.sum(g.matmul(across, grouped), [0]);
      const apart = g.reshape(product, [groups, filters / groups, positions.length, channels / groups]);
      return g.transpose(apart, [2, 3, 0, 1]);
    });
    return g.concat(parts, 0);
  }

  function inputGradient(dy: Ref): Ref {
    const w = parameter('kernel');
    const back = [filters, channels] as const;
    if (strides.every((s) => s === 1)) {
      const pads = [...range(2).map((a) => over[a]! - 1 - before[a]!), ...range(2).map((a) => over[a]! - 1 - ends[a]!)];
      return g.convolution('Conv', dy, asTurnedFilters(g, w, spec), null, back, { ...attributes, pads });
    }
    const pads = [...before, ...ends.map((v) => Math.max(v, 0))];
    const spread = g.convolution('ConvTranspose', dy, asFilters(g, w), null, back, { ...attributes, pads });
    return g.pad(spread, [0, 0, 0, 0], [...ends.map((v) => Math.max(-v, 0)), 0, 0]);
  }

  return {
    forward(value) {
      x = asMap(value);
      ends = after(geometry, [x.rows, x.columns.at.length], [rows, width]) as [number, number];
      const read = g.pad(natural(g, x), [0, 0, 0, 0], [...ends.map((v) => Math.min(v, 0)), 0, 0]);
      const pads = [...before, ...ends.map((v) => Math.max(v, 0))];
      const b = bias ? parameter('bias') : null;
      const y = g.convolution('Conv', read, asFilters(g, parameter('kernel')), b, [channels, filters], {
        ...attributes,
        pads,
      });
      return single(y, rows, width, filters);
    },
    backward(value) {
      const dy = natural(g, asMap(value));
      context.gradient(`${layer}/kernel`, kernelGradient(dy));
      if (bias) context.gradient(`${layer}/bias`, g.sum(dy, [0, 1, 2]));
      if (!context.needsInputGradient) return null;
      const dx = single(inputGradient(dy), x.rows, x.columns.at.length, channels);
      return stored(g, dx, x, images);
    },
  };
}
