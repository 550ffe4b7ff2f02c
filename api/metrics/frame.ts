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

export const frameSize = (series: readonly Series[]): number =>
  series.reduce((sum, { key, steps }) => sum + HEADER + encoder.encode(key).length + 24 * steps.length, 0);

export function encodeFrame(series: readonly Series[]): Uint8Array {
  const bytes = new Uint8Array(frameSize(series));
  const view = new DataView(bytes.buffer);
  let offset = 0;
  for (const { key, steps, times, values } of series) {
    const name = encoder.encode(key);
    view.setUint16(offset, name.length, true);
    bytes.set(name, offset + 2);
    offset += 2 + name.length;
    view.setUint32(offset, steps.length, true);
    offset += 4;
    for (const column of [steps, times, values]) {
      for (let i = 0; i < column.length; i++, offset += 8) view.setFloat64(offset, column[i]!, true);
    }
  }
  return bytes;
}

/** The blocks of the wanted keys (all by default), in order. The columns are copies. */
export function decodeFrame(bytes: Uint8Array, wanted?: ReadonlySet<string>): Series[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found: Series[] = [];
  let offset = 0;
  while (offset < bytes.length) {
    const nameLength = view.getUint16(offset, true);
    const key = decoder.decode(bytes.subarray(offset + 2, offset + 2 + nameLength));
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
