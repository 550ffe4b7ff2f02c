import type { Series } from './frame.ts';

/** What stands around the three numbers of a line. All ASCII, like keys. */
interface Layout {
  head(key: string): string;
  readonly afterStep: string;
  readonly afterTime: string;
  readonly end: string;
  /** NaN and infinities. */
  special(value: number): string;
}

export const JSON_LINES: Layout = {
  head: (key) => `{"key":${JSON.stringify(key)},"step":`,
  afterStep: ',"time":',
  afterTime: ',"value":',
  end: '}\n',
  special: (value) => `"${value}"`,
};

/** A key holds nothing that CSV would have to quote. */
export const CSV_LINES: Layout = {
  head: (key) => `${key},`,
  afterStep: ',',
  afterTime: ',',
  end: '\r\n',
  special: String,
};

/** Points of one piece of text: few enough that a reader's memory, not the series' length, is what is used. */
const POINTS_AT_ONCE = 4096;
/** A step or a time is at most 17 characters, a value at most 25 or "-Infinity" in quotes. */
const NUMBERS = 17 + 17 + 25;

/**
 * A line a point, as bytes: written digit by digit into one buffer, because joining hundreds of thousands of short strings and encoding
 * them costs twice as much.
 */
export function* pointLines(series: Series, layout: Layout): Generator<Uint8Array> {
  const [head, afterStep, afterTime, end] = [
    layout.head(series.key),
    layout.afterStep,
    layout.afterTime,
    layout.end,
  ].map(ascii) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
  const most = head.length + afterStep.length + afterTime.length + end.length + NUMBERS;
  const { steps, times, values } = series;
  for (let start = 0; start < steps.length; start += POINTS_AT_ONCE) {
    const stop = Math.min(steps.length, start + POINTS_AT_ONCE);
    const out = new Uint8Array((stop - start) * most);
    // All values in one call, which is faster than one by one; a value that is not finite is null here.
    const text = JSON.stringify(Array.from(values.subarray(start, stop)));
    let next = 1;
    let at = 0;
    for (let i = start; i < stop; i++) {
      at = put(out, at, head);
      at = putInteger(out, at, steps[i]!);
      at = put(out, at, afterStep);
      at = putInteger(out, at, times[i]!);
      at = put(out, at, afterTime);
      const finite = Number.isFinite(values[i]);
      for (let c = text.charCodeAt(next); c !== COMMA && c !== BRACKET; c = text.charCodeAt(++next)) {
        if (finite) out[at++] = c;
      }
      next++;
      if (!finite) at = put(out, at, ascii(layout.special(values[i]!)));
      at = put(out, at, end);
    }
    yield out.subarray(0, at);
  }
}

const COMMA = 44;
const BRACKET = 93;
const MINUS = 45;
const ZERO = 48;

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0));

function put(out: Uint8Array, at: number, bytes: Uint8Array): number {
  // Shorter than what a call of `set` costs.
  for (let i = 0; i < bytes.length; i++) out[at + i] = bytes[i]!;
  return at + bytes.length;
}

/** An integer within ±(2^53−1), in at most two pieces that 32-bit arithmetic takes. */
function putInteger(out: Uint8Array, at: number, value: number): number {
  if (value < 0) {
    out[at] = MINUS;
    return putInteger(out, at + 1, -value);
  }
  if (value < 1e9) return putDigits(out, at, value, lengthOf(value));
  const high = Math.floor(value / 1e9);
  return putDigits(out, putInteger(out, at, high), value - high * 1e9, 9);
}

function putDigits(out: Uint8Array, at: number, value: number, length: number): number {
  let rest = value | 0;
  for (let place = at + length - 1; place >= at; place--) {
    const tenth = (rest / 10) | 0;
    out[place] = ZERO + rest - 10 * tenth;
    rest = tenth;
  }
  return at + length;
}

function lengthOf(value: number): number {
  let length = 1;
  for (let power = 10; value >= power; power *= 10) length++;
  return length;
}
