import { closeSync, fdatasync, fdatasyncSync, ftruncateSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs';

/** One file of a journal: only ever appended to. */
export class Segment {
  readonly path: string;
  /** Bytes of whole lines. */
  size: number;
  /** The highest sequence number in it. */
  lastSeq = 0;
  #file: number | null;
  #unsynced = false;

  private constructor(path: string, file: number, size: number) {
    this.path = path;
    this.#file = file;
    this.size = size;
  }

  /** @throws when there is such a file already, or none can be made. */
  static create(path: string): Segment {
    return new Segment(path, openSync(path, 'ax+', 0o600), 0);
  }

  /** @param size what is whole of it: a torn end goes, so that what is appended next does not join it. */
  static reopen(path: string, size: number, whole: boolean): Segment {
    const segment = new Segment(path, openSync(path, 'a+', 0o600), size);
    if (!whole) ftruncateSync(segment.#file!, size);
    return segment;
  }

  /** Returns the line's offset. @throws when the disk refuses it; nothing of it is then left, if the disk lets us. */
  append(line: Buffer): number {
    if (this.#file === null) throw new Error('closed');
    const at = this.size;
    try {
      for (let written = 0; written < line.length; ) written += writeSync(this.#file, line, written);
    } catch (error) {
      try {
        ftruncateSync(this.#file, at);
      } catch {
        // The torn line stays, and its checksum tells.
      }
      throw error;
    }
    this.size += line.length;
    this.#unsynced = true;
    return at;
  }

  read(offset: number, length: number): Buffer {
    if (this.#file === null) return Buffer.alloc(0);
    const bytes = Buffer.alloc(length);
    return bytes.subarray(0, readSync(this.#file, bytes, 0, length, offset));
  }

  /** Asks the system to put it on the disk itself, without waiting: what a power cut may cost is what came since. */
  sync(): void {
    if (this.#file === null || !this.#unsynced) return;
    this.#unsynced = false;
    fdatasync(this.#file, () => {});
  }

  /** The same, and waits. */
  syncNow(): void {
    if (this.#file === null || !this.#unsynced) return;
    this.#unsynced = false;
    try {
      fdatasyncSync(this.#file);
    } catch {
      // A system that cannot: its own writing back remains.
    }
  }

  close(): void {
    if (this.#file !== null) closeSync(this.#file);
    this.#file = null;
  }

  unlink(): void {
    this.close();
    try {
      unlinkSync(this.path);
    } catch {
      // Gone already.
    }
  }
}
