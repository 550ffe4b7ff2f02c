import { extents } from '../geometry.ts';
import type { Graph, Ref } from '../graph.ts';
import { range } from '../strips.ts';
import type { Strip } from '../value.ts';
import { place } from './place.ts';
import { asTurnedWeights, convolve, convolveRows, stripsOf, type Windows } from './windows.ts';

type Pair = readonly [number, number];

interface Back {
  /** Of the convolution whose transpose this is: it led to `rows` × `width`. */
  windows: Windows;
  /** Zeros before its input. */
  before: Pair;
  /** Rows and columns of its input. */
  size: Pair;
  /** [positions, channels / groups, filters] in any shape. */
  kernel: Ref;
  filters: number;
  bias?: Ref | null;
}

/**
 * A convolution's transpose: from [rows, width, images, filters], the gradient of its result, say, to that of its input, in strips of
 * […, columns, images, channels]. At stride 1 it is a convolution with the turned kernel. With strides s, inputs that have the same rest
 * modulo s see the same part of the kernel, so each of the s² phases is such a convolution of its own, without the zeros that
 * would stand between the pixels of a spread-out map: a quarter of the work for a stride of 2.
 */
export function convolveBack(g: Graph, dy: Ref, back: Back): Strip[] {
  const { strides, dilation } = back.windows;
  const apart = strides.some((s) => s > 1) && dilation.every((d) => d === 1);
  return apart ? byPhases(g, dy, back) : bySpreading(g, dy, back);
}

function bySpreading(g: Graph, dy: Ref, { windows, before, size, kernel, filters, bias = null }: Back): Strip[] {
  const { rows, width, images, strides, channels } = windows;
  const over = extents(windows);
  const origin = [over[0] - 1 - before[0], over[1] - 1 - before[1]] as const;
  const all = [size[0] + over[0] - 1, size[1] + over[1] - 1] as const;
  const spread = place(g, dy, [rows, width, images, filters], strides, origin, all);
  const turned: Windows = { ...windows, strides: [1, 1], rows: size[0], width: size[1], channels: filters };
  const every = range(windows.kernel[0] * windows.kernel[1]).reverse();
  return convolve(g, spread, turned, asTurnedWeights(g, kernel, windows, filters, every), channels, bias);
}

/** Along one axis: the kernel's positions that a phase sees, the first output's last. */
const seenBy = (phase: number, length: number, stride: number): number[] =>
  range(length)
    .filter((u) => u % stride === phase)
    .reverse();

function byPhases(g: Graph, dy: Ref, { windows, before, size, kernel, filters, bias = null }: Back): Strip[] {
  const { images, channels, strides, kernel: window } = windows;
  const lead = [0, 1].map((a) => Math.floor((window[a]! - 1) / strides[a]!)) as unknown as Pair;
  /** Steps of a stride that the padded input has. */
  const steps = [0, 1].map((a) => Math.ceil((before[a]! + size[a]!) / strides[a]!)) as unknown as Pair;
  const ends = [steps[0] - windows.rows, steps[1] - windows.width, 0, 0];
  const padded = g.pad(dy, [...lead, 0, 0], ends);
  const phases = range(strides[0]).map((row) =>
    range(strides[1]).map((column) => {
      const [down, across] = [seenBy(row, window[0], strides[0]), seenBy(column, window[1], strides[1])];
      if (down.length === 0 || across.length === 0) return null;
      const seen = down.flatMap((u) => across.map((v) => u * window[1] + v));
      const own: Windows = {
        ...windows,
        kernel: [down.length, across.length],
        strides: [1, 1],
        rows: steps[0],
        width: steps[1],
        channels: filters,
        origin: [lead[0] - down.length + 1, lead[1] - across.length + 1],
      };
      return { own, weights: asTurnedWeights(g, kernel, windows, filters, seen) };
    }),
  );
  const block = images * channels;
  const largest = phases.flat().reduce((most, p) => Math.max(most, p ? p.own.kernel[0] * p.own.kernel[1] : 0), 0);
  const cuts = stripsOf(g, { ...windows, rows: steps[0], width: steps[1], channels: filters, kernel: [largest, 1] });
  return cuts.flatMap(({ first, rows }): Strip[] => {
    /** What no position of the kernel reaches. */
    const nothing = () => {
      if (!bias) return g.zeros([rows, steps[1], 1, block]);
      const all = g.op('Expand', [bias, g.ints([rows * steps[1] * images, channels])]);
      return g.reshape(all, [rows, steps[1], 1, block]);
    };
    const lines = phases.map((line) => {
      const pixels = line.map((p) =>
        p
          ? g.reshape(convolveRows(g, padded, p.own, p.weights, channels, bias, first, rows), [
              rows,
              steps[1],
              1,
              block,
            ])
          : nothing(),
      );
      const columns = g.reshape(g.concat(pixels, 2), [rows, 1, steps[1] * strides[1], block]);
      return cut(g, columns, 2, before[1], size[1], steps[1] * strides[1]);
    });
    const high = rows * strides[0];
    const t = g.reshape(g.concat(lines, 1), [high, size[1], images, channels]);
    const top = Math.max(before[0] - first * strides[0], 0);
    const end = Math.min(before[0] + size[0] - first * strides[0], high);
    return end <= top ? [] : [{ rows: end - top, t: cut(g, t, 0, top, end - top, high) }];
  });
}

/** `count` entries of an axis of `all`, from `from` on. */
const cut = (g: Graph, t: Ref, axis: number, from: number, count: number, all: number): Ref =>
  from === 0 && count === all ? t : g.slice(t, axis, from, from + count);
