/** How coordinates outside the image are brought back into it. */
export const SPAN_MODES = ['nearest', 'reflect', 'wrap'] as const;
export type SpanMode = (typeof SPAN_MODES)[number];

export interface Image {
  /** [rows, columns, channels] */
  data: Float32Array | Uint8Array;
  rows: number;
  columns: number;
  channels: number;
}

/** Part of an output row: pixels `from` … `to`−1. Pixel o's source is at (y + c·dy, x + c·dx) with c = first + o·step. */
export interface Span {
  from: number;
  to: number;
  first: number;
  step: 1 | -1;
  y: number;
  dy: number;
  x: number;
  dx: number;
}

/** What samples spans of one image. */
export interface Kernel {
  target: Float32Array;
  /** Samples a span, not an empty one, into the target row that starts at `at`; may spoil the 3 floats after the span. */
  sample(at: number, span: Span, mode: SpanMode): void;
}

const { fround } = Math;
const lerp = (a: number, b: number, t: number): number => fround(a + fround(fround(b - a) * t));
const preciseLerp = (a: number, b: number, t: number): number => a + (b - a) * t;

/**
 * scipy's map_coordinate, to be clamped to [0, length − 1] afterwards. `reflect` repeats the edge pixel (period 2·length);
 * `wrap` lays the last pixel on the first (period length − 1), and maps both ends of the image to themselves.
 */
function mapped(at: number, length: number, mode: SpanMode): number {
  if (mode === 'nearest') return at;
  if (mode === 'reflect') {
    const period = 2 * length;
    const within = at - period * Math.floor(at / period);
    return Math.min(within, period - 1 - within);
  }
  const period = length - 1;
  if (at >= 0 && at <= period) return at;
  const turns = Math.trunc(at / period);
  return at - period * (at < 0 ? turns - 1 : turns);
}

/**
 * Samples a span bilinearly into the output row that starts at `at`: the portable kernel, and the SIMD kernel's meaning.
 * @param precise interpolates in float64, as scipy does, and rounds once
 */
export function sampleSpan(
  image: Image,
  out: Float32Array,
  at: number,
  span: Span,
  mode: SpanMode,
  precise = false,
): void {
  const { data, rows, columns, channels } = image;
  const { from, to, first, step, y, dy, x, dx } = span;
  const lastRow = rows - 1;
  const lastColumn = columns - 1;
  const stride = columns * channels;
  let o = at + from * channels;
  for (let c = first + from * step, end = first + to * step; c !== end; c += step) {
    const v = mapped(y + c * dy, rows, mode);
    const u = mapped(x + c * dx, columns, mode);
    const row = v > 0 ? (v < lastRow ? v : lastRow) : 0;
    const column = u > 0 ? (u < lastColumn ? u : lastColumn) : 0;
    const i = row | 0;
    const j = column | 0;
    const s = precise ? row - i : fround(row - i);
    const t = precise ? column - j : fround(column - j);
    const right = j < lastColumn ? channels : 0;
    const below = i < lastRow ? stride : 0;
    for (let p = i * stride + j * channels, end = p + channels; p < end; p++) {
      const [nw, sw, ne, se] = [data[p]!, data[p + below]!, data[p + right]!, data[p + right + below]!];
      out[o++] = precise
        ? preciseLerp(preciseLerp(nw, sw, s), preciseLerp(ne, se, s), t)
        : lerp(lerp(nw, sw, s), lerp(ne, se, s), t);
    }
  }
}
