import { crc32, inflateRawSync } from 'node:zlib';
import { shown, WeightFileError } from './tensors.ts';

// A zip archive's files (PKWARE APPNOTE 6.3.10), stored or deflated, with ZIP64's large sizes. The central directory alone says what
// is there; names are only names: nothing is written anywhere.

export interface ZipEntry {
  name: string;
  /** Bytes once read. */
  size: number;
}

interface Entry extends ZipEntry {
  method: number;
  crc: number;
  packed: number;
  offset: number;
}

const END = 0x06054b50;
const END64 = 0x06064b50;
const LOCATOR64 = 0x07064b50;
const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;
const MOST_ENTRIES = 200_000;
/** Deflate cannot do better than 1032 : 1; a claim beyond that is a trap. */
const MOST_RATIO = 1032;
/** All files together. */
const MOST_SIZE = 2 ** 32;

const broken = (why: string): WeightFileError => new WeightFileError(`The zip archive is broken: ${why}.`);

export const isZip = (bytes: Uint8Array): boolean =>
  bytes.length > 4 && bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 3 && bytes[3] === 4;

export class Zip {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #entries = new Map<string, Entry>();

  /** @throws WeightFileError */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#readDirectory();
  }

  get entries(): ZipEntry[] {
    return [...this.#entries.values()];
  }

  /** A file's bytes: a view where they are stored as they are. @throws WeightFileError when they are not what the directory says. */
  read(name: string): Uint8Array {
    const entry = this.#entries.get(name);
    if (!entry) throw new WeightFileError(`The archive has no file ${shown(name)}.`);
    const { offset, packed, size, method } = entry;
    if (this.#u32(offset) !== LOCAL) throw broken(`there is no file at ${offset}`);
    const start = offset + 30 + this.#u16(offset + 26) + this.#u16(offset + 28);
    const content = this.#slice(start, packed);
    let out: Uint8Array;
    if (method === 0) out = content;
    else if (method === 8) {
      try {
        out = inflateRawSync(content, { maxOutputLength: Math.max(1, size) });
      } catch {
        throw broken(`${shown(name)} does not inflate to ${size} bytes`);
      }
    } else
      throw new WeightFileError(`${shown(name)} is packed by method ${method}; only stored and deflated can be read.`);
    if (out.length !== size) throw broken(`${shown(name)} has ${out.length} bytes, not ${size}`);
    if (crc32(out) !== entry.crc) throw broken(`the checksum of ${shown(name)} is another`);
    return out;
  }

  #u16(at: number): number {
    if (at < 0 || at + 2 > this.#bytes.length) throw broken(`it ends before byte ${at + 2}`);
    return this.#view.getUint16(at, true);
  }

  #u32(at: number): number {
    if (at < 0 || at + 4 > this.#bytes.length) throw broken(`it ends before byte ${at + 4}`);
    return this.#view.getUint32(at, true);
  }

  #u64(at: number): number {
    const value = this.#u32(at) + this.#u32(at + 4) * 2 ** 32;
    if (!Number.isSafeInteger(value)) throw broken('a size is beyond all measure');
    return value;
  }

  #slice(at: number, size: number): Uint8Array {
    if (at < 0 || size > this.#bytes.length - at) throw broken(`${size} bytes at ${at} lie beyond its end`);
    return this.#bytes.subarray(at, at + size);
  }

  /** Entries, and where the first is listed. The end record stands within the last 64 KiB, before a comment. */
  #directory(): { count: number; at: number } {
    const { length } = this.#bytes;
    for (let end = length - 22; end >= Math.max(0, length - 22 - 0xffff); end--) {
      if (this.#u32(end) !== END || end + 22 + this.#u16(end + 20) !== length) continue;
      const locator = end - 20;
      if (locator >= 0 && this.#u32(locator) === LOCATOR64) {
        const record = this.#u64(locator + 8);
        if (this.#u32(record) !== END64) throw broken('its ZIP64 record is missing');
        return { count: this.#u64(record + 32), at: this.#u64(record + 48) };
      }
      return { count: this.#u16(end + 10), at: this.#u32(end + 16) };
    }
    throw broken('it has no end');
  }

  #readDirectory(): void {
    let { count, at } = this.#directory();
    if (count > MOST_ENTRIES) throw broken(`it lists ${count} files`);
    let [packed, size] = [0, 0];
    for (; count > 0; count--) {
      if (this.#u32(at) !== CENTRAL) throw broken(`no entry at ${at}`);
      const [nameLength, extraLength, commentLength] = [this.#u16(at + 28), this.#u16(at + 30), this.#u16(at + 32)];
      const name = new TextDecoder().decode(this.#slice(at + 46, nameLength));
      const entry: Entry = {
        name,
        method: this.#u16(at + 10),
        crc: this.#u32(at + 16),
        packed: this.#u32(at + 20),
        size: this.#u32(at + 24),
        offset: this.#u32(at + 42),
      };
      if (this.#u16(at + 8) & 1) throw new WeightFileError(`${shown(name)} is encrypted.`);
      this.#large(entry, at + 46 + nameLength, extraLength);
      if (entry.size > Math.max(entry.packed, 1) * MOST_RATIO) {
        throw broken(`${shown(name)} claims ${entry.size} bytes out of ${entry.packed}`);
      }
      // Overlapping entries could multiply a small file: together they take no more than one honest archive could.
      packed += entry.packed;
      size += entry.size;
      if (packed > this.#bytes.length) throw broken('its files overlap');
      if (size > MOST_SIZE) throw broken(`its files claim more than ${MOST_SIZE} bytes`);
      if (this.#entries.has(name)) throw broken(`${shown(name)} is there twice`);
      this.#entries.set(name, entry);
      at += 46 + nameLength + extraLength + commentLength;
    }
  }

  /** ZIP64's extra field has, in this order, what does not fit into 32 bits. */
  #large(entry: Entry, at: number, length: number): void {
    for (let end = at + length; at + 4 <= end; ) {
      const [id, size] = [this.#u16(at), this.#u16(at + 2)];
      let next = at + 4;
      at = next + size;
      if (id !== 1) continue;
      for (const key of ['size', 'packed', 'offset'] as const) {
        if (entry[key] !== 0xffffffff) continue;
        entry[key] = this.#u64(next);
        next += 8;
      }
    }
  }
}
