import type { FileHandle } from 'node:fs/promises';

// The part of the tar format (POSIX.1-1988, "ustar") that an archive needs: plain files with short names, in order. So `tar tf` lists
// an archive, and what was cut off in the middle is whole up to its last whole entry.

const BLOCK = 512;
/** What 11 octal digits hold. */
const MOST = 8 ** 11 - 1;

export interface Entry {
  readonly name: string;
  readonly size: number;
  /** Where its bytes begin in the file, and where the next entry does. */
  readonly start: number;
  readonly end: number;
}

/** The 512 bytes before an entry's own. @param seconds its time, since 1970. */
export function tarHeader(name: string, size: number, seconds: number): Buffer {
  if (Buffer.byteLength(name) > 100 || size > MOST) throw new RangeError(`${name}: too long for a tar entry`);
  const header = Buffer.alloc(BLOCK);
  header.write(name, 0);
  header.write('0000644\0', 100);
  header.write('0000000\0', 108);
  header.write('0000000\0', 116);
  header.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  header.write(`${Math.trunc(seconds).toString(8).padStart(11, '0')}\0`, 136);
  header.write('        ', 148);
  header.write('0', 156);
  header.write('ustar\x0000', 257);
  header.write(`${sumOf(header).toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}

export const padding = (size: number): Buffer => Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);
/** Two empty blocks end a tar file. */
export const TAR_END = Buffer.alloc(2 * BLOCK);

/** Entries that are whole, in order; stops at the end of the tar, or where it was cut off or damaged. */
export async function* entriesOf(file: FileHandle): AsyncGenerator<Entry> {
  const { size: bytes } = await file.stat();
  const header = Buffer.alloc(BLOCK);
  for (let at = 0; at + BLOCK <= bytes; ) {
    await file.read(header, 0, BLOCK, at);
    if (Number.parseInt(header.toString('latin1', 148, 154), 8) !== sumOf(header)) return;
    const size = Number.parseInt(header.toString('latin1', 124, 135), 8);
    const start = at + BLOCK;
    const end = start + size + padding(size).length;
    if (header[0] === 0 || end > bytes) return;
    yield { name: header.toString('utf8', 0, header.indexOf(0)), size, start, end };
    at = end;
  }
}

function sumOf(header: Buffer): number {
  let sum = 8 * 32;
  for (let i = 0; i < BLOCK; i++) if (i < 148 || i >= 156) sum += header[i]!;
  return sum;
}
