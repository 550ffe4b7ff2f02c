/**
 * Packed points. A block is one key's points in columns: key length (uint16), key (UTF-8), count (uint32), then steps, times and values
 * as float64 each, all little-endian. Blocks simply follow each other, so a batch, a tail, a chunk and a segment are all
 * just blocks, and appending one to another needs no rewriting.
 */
export interface Series {
  readonly key: string;
  /** Integers within ±(2^53−1). */
  readonly steps: Float64Array;
  /** Milliseconds by the writer's clock. */
  readonly times: Float64Array;
  readonly values: Float64Array;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const HEADER = 6;

const isAscii = (text: string): boolean => {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 127) return false;
  return true;
};

const byteLength = (key: string): number => (isAscii(key) ? key.length : encoder.encode(key).length);

/** As an encoder does; a loop is faster for what is short, as keys are. Answers how many bytes it wrote. */
function putName(bytes: Uint8Array, offset: number, key: string): number {
  if (isAscii(key)) {
    for (let i = 0; i < key.length; i++) bytes[offset + i] = key.charCodeAt(i);
    return key.length;
  }
  return encoder.encodeInto(key, bytes.subarray(offset)).written;
}

function nameAt(bytes: Uint8Array, start: number, length: number): string {
  let name = '';
  for (let i = start; i < start + length; i++) {
    if (bytes[i]! > 127) return decoder.decode(bytes.subarray(start, start + length));
    name += String.fromCharCode(bytes[i]!);
  }
  return name;
}

export const frameSize = (series: readonly Series[]): number =>
  series.reduce((sum, { key, steps }) => sum + HEADER + byteLength(key) + 24 * steps.length, 0);

export function encodeFrame(series: readonly Series[]): Uint8Array {
  const bytes = new Uint8Array(frameSize(series));
  const view = new DataView(bytes.buffer);
  let offset = 0;
  for (const { key, steps, times, values } of series) {
    const length = putName(bytes, offset + 2, key);
    view.setUint16(offset, length, true);
    offset += 2 + length;
    view.setUint32(offset, steps.length, true);
    offset += 4;
    for (const column of [steps, times, values]) {
      for (let i = 0; i < column.length; i++, offset += 8) view.setFloat64(offset, column[i]!, true);
    }
  }
  return bytes;
}

/**
 * One block a key (all, or the wanted ones) of all the frames', its points in the order they came; keys in the order of their first point. Without an array
 * for each block on the way: a part of a thousand keys has sixteen thousand.
 */
export function mergeFrames(frames: readonly Uint8Array[], wanted?: ReadonlySet<string>): Series[] {
  const counts = new Map<string, number>();
  const blocks: { readonly view: DataView; readonly key: string; readonly start: number; readonly count: number }[] =
    [];
  for (const bytes of frames) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let offset = 0; offset < bytes.length; ) {
      const length = view.getUint16(offset, true);
      const key = nameAt(bytes, offset + 2, length);
      const start = offset + HEADER + length;
      const count = view.getUint32(start - 4, true);
      if (!wanted || wanted.has(key)) {
        blocks.push({ view, key, start, count });
        counts.set(key, (counts.get(key) ?? 0) + count);
      }
      offset = start + 24 * count;
    }
  }
  const merged = new Map<string, { readonly columns: Float64Array; readonly size: number; filled: number }>();
  for (const [key, size] of counts) merged.set(key, { columns: new Float64Array(3 * size), size, filled: 0 });
  for (const { view, key, start, count } of blocks) {
    const target = merged.get(key)!;
    for (let column = 0; column < 3; column++) {
      const to = column * target.size + target.filled;
      const from = start + 8 * column * count;
      for (let i = 0; i < count; i++) target.columns[to + i] = view.getFloat64(from + 8 * i, true);
    }
    target.filled += count;
  }
  return [...merged].map(([key, { columns, size }]) => ({
    key,
    steps: columns.subarray(0, size),
    times: columns.subarray(size, 2 * size),
    values: columns.subarray(2 * size),
  }));
}

/** The blocks of the wanted keys (all by default), in order. The columns are copies. */
export function decodeFrame(bytes: Uint8Array, wanted?: ReadonlySet<string>): Series[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found: Series[] = [];
  let offset = 0;
  while (offset < bytes.length) {
    const nameLength = view.getUint16(offset, true);
    const key = nameAt(bytes, offset + 2, nameLength);
    offset += 2 + nameLength;
    const count = view.getUint32(offset, true);
    offset += 4;
    if (!wanted || wanted.has(key)) {
      const column = (index: number): Float64Array => {
        const start = offset + 8 * count * index;
        // float64 columns need an aligned copy; every JavaScript platform in use is little-endian.
        return new Float64Array(bytes.slice(start, start + 8 * count).buffer);
      };
      found.push({ key, steps: column(0), times: column(1), values: column(2) });
    }
    offset += 24 * count;
  }
  return found;
}
