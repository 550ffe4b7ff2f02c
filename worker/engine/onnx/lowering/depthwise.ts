import { extents, type Geometry } from '../geometry.ts';
import type { Ref } from '../graph.ts';
import { fromPlaneFilters, fromPlanes, planeConvolution, planeFilters, planes } from '../planes.ts';
import { asMap, natural, range, rowsOf, single, stored, stripRows } from '../strips.ts';
import type { FeatureMap, Lowered, LoweringContext, Strip } from '../value.ts';

interface Depthwise {
  layer: string;
  geometry: Geometry;
  channels: number;
  /** The kernel is [rows, columns, channels, multiplier]; output channel c · multiplier + q is channel c's q-th. */
  multiplier: number;
  bias: boolean;
}

/** Rows [first, first + rows) of a convolution's result, rows [from, to) of its input, and zeros above and below those. */
interface Part {
  first: number;
  rows: number;
  from: number;
  to: number;
  above: number;
  below: number;
}

/** `over`: what the window covers. `before`: rows of zeros before the input. */
function partsOf(rows: number, high: number, inputRows: number, stride: number, over: number, before: number): Part[] {
  return range(Math.ceil(rows / high)).map((i) => {
    const first = i * high;
    const own = Math.min(high, rows - first);
    const [top, end] = [first * stride - before, (first + own - 1) * stride + over - before];
    const [from, to] = [Math.max(top, 0), Math.min(end, inputRows)];
    return { first, rows: own, from, to, above: from - top, below: end - to };
  });
}

/**
 * Each channel's convolution with windows of its own. Images are folded into the channels, so all is done plane by plane:
 * the input's gradient with the turned window over the spread-out output gradient; the window's gradient with the output
 * gradient as the filter, whose pixels are `strides` apart, moved `dilation` at a time, and summed over images.
 */
export function lowerDepthwise(context: LoweringContext, spec: Depthwise, output: readonly number[]): Lowered {
  const { g, images } = context;
  const { layer, geometry, channels, multiplier, bias } = spec;
  const { kernel, strides, dilation, before } = geometry;
  const [rows = 1, width = 1] = output;
  const over = extents(geometry);
  const positions = kernel[0] * kernel[1];
  const filters = channels * multiplier;
  const all = images * filters;
  let x: FeatureMap;
  let whole: readonly Strip[] = [];
  let parts: Part[] = [];
  /** Zeros left and right. */
  let sides: readonly [number, number] = [0, 0];
  let window: Ref = '';

  /** Rows as planes, a channel's as often as it has filters. */
  const planesOf = (strips: readonly Strip[], { from, to }: Part): Ref => {
    const wide = x.columns.at.length;
    let t = rowsOf(g, strips, from, to);
    if (multiplier > 1) {
      const size = (to - from) * wide * images;
      t = g.op('Expand', [g.reshape(t, [size, channels, 1]), g.ints([size, channels, multiplier])]);
    }
    return planes(g, t, [to - from, wide], all);
  };
  /** [positions, filters] once for each image, as filters of planes. */
  const tiled = (w: Ref): Ref => {
    const once = g.op('Expand', [g.reshape(w, [positions, 1, filters]), g.ints([positions, images, filters])]);
    return planeFilters(g, g.reshape(once, [positions, all]), positions, all);
  };

  return {
    forward(value) {
      x = asMap(value);
      const wide = x.columns.at.length;
      sides = [before[1], (width - 1) * strides[1] + over[1] - before[1] - wide];
      whole =
        x.columns.stored === wide && x.columns.at.every((v, i) => v === i)
          ? x.strips
          : [{ t: natural(g, x), rows: x.rows }];
      parts = partsOf(
        rows,
        Math.max(1, Math.floor(stripRows(g, wide * all) / strides[0])),
        x.rows,
        strides[0],
        over[0],
        before[0],
      );
      window = g.reshape(context.parameter(`${layer}/kernel`), [positions, filters]);
      const w = tiled(window);
      const b = bias
        ? g.reshape(g.op('Expand', [context.parameter(`${layer}/bias`), g.ints([images, filters])]), [all])
        : null;
      const out = parts.map((p): Strip => {
        const pads = [p.above, sides[0], p.below, sides[1]] as const;
        const y = planeConvolution(g, planesOf(whole, p), w, all, { kernel, strides, dilations: dilation, pads }, b);
        return { rows: p.rows, t: g.reshape(fromPlanes(g, y, [p.rows, width], all), [p.rows, width, images, filters]) };
      });
      return { ...single('', rows, width, filters), strips: out };
    },
    backward(value) {
      const d = asMap(value);
      const dws: Ref[] = [];
      const dbs: Ref[] = [];
      for (const p of parts) {
        const dy = rowsOf(g, d.strips, p.first, p.first + p.rows);
        if (bias) dbs.push(g.sum(g.reshape(dy, [p.rows * width, all]), [0]));
        const pads = [p.above, sides[0], p.below, sides[1]] as const;
        const filter = planes(g, dy, [p.rows, width], all);
        const size = { kernel: [p.rows, width], strides: dilation, dilations: strides, pads } as const;
        const dw = planeConvolution(g, planesOf(whole, p), filter, all, size);
        dws.push(fromPlaneFilters(g, dw, positions, all));
      }
      const overImages = (t: Ref, size: number) => g.sum(g.reshape(t, [size, images, filters]), [1]);
      context.gradient(`${layer}/kernel`, overImages(g.total(dws), positions));
      if (bias) context.gradient(`${layer}/bias`, overImages(g.total(dbs), 1));
      return context.needsInputGradient ? inputGradient(d) : null;
    },
  };

  /** The output gradient with zeros between and after its pixels: strides[0] rows and strides[1] columns for each. */
  function spreadOut(d: FeatureMap): Strip[] {
    const [sh, sw] = strides;
    const zeros = (dims: readonly number[]) => g.op('Expand', [g.scalar(0), g.ints(dims)]);
    return parts.map(({ first, rows: high }) => {
      let t = rowsOf(g, d.strips, first, first + high);
      if (sw > 1) t = g.concat([g.reshape(t, [high, width, 1, all]), zeros([high, width, sw - 1, all])], 2);
      const row = width * sw * all;
      if (sh > 1) t = g.concat([g.reshape(t, [high, 1, row]), zeros([high, sh - 1, row])], 1);
      return { rows: high * sh, t: g.reshape(t, [high * sh, width * sw, images, filters]) };
    });
  }

  function inputGradient(d: FeatureMap): FeatureMap {
    const wide = x.columns.at.length;
    const w = tiled(g.gather(window, 0, range(positions).reverse()));
    const [spreadRows, spreadWidth] = [rows * strides[0], width * strides[1]];
    const spread = strides.every((v) => v === 1) ? d.strips : spreadOut(d);
    const left = over[1] - 1 - before[1];
    const right = wide + over[1] - 1 - left - spreadWidth;
    /** With strides beyond the window, zeros reach over the input's edge. */
    const used = spreadWidth + Math.min(right, 0);
    const cuts = partsOf(x.rows, stripRows(g, wide * all), spreadRows, 1, over[0], over[0] - 1 - before[0]);
    const strips = cuts.map((p): Strip => {
      const high = p.to - p.from;
      const dy = g.reshape(rowsOf(g, spread, p.from, p.to), [high, spreadWidth, all]);
      const near = planes(g, used < spreadWidth ? g.slice(dy, 1, 0, used) : dy, [high, used], all);
      const pads = [p.above, left, p.below, Math.max(right, 0)] as const;
      const t = planeConvolution(g, near, w, all, { kernel, strides: [1, 1], dilations: dilation, pads });
      const flat = fromPlanes(g, t, [p.rows, wide], all);
      const apart = [p.rows * wide * images, channels, multiplier];
      const own = multiplier > 1 ? g.sum(g.reshape(flat, apart), [2]) : flat;
      return { rows: p.rows, t: g.reshape(own, [p.rows, wide, images, channels]) };
    });
    return stored(g, { ...single('', x.rows, wide, channels), strips }, x, images);
  }
}
