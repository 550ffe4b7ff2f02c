import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import type { Opening, SpoolRecord, Upload } from './spool-record.ts';

// One file per attempt holds everything that the server has not confirmed yet, in the order in which it happened. A record is
// appended and fsynced before anybody acts on it, so after a crash the file says exactly what may still be owed. It is only
// ever appended to; what the server has acknowledged is dropped by writing the rest to a new file that replaces the old one
// in one rename. A frame carries its length and CRC-32, so the torn end of a crash is recognised and skipped: nothing that was
// fsynced stands behind it. When the server says that the attempt is no longer ours, the file is renamed to `.stale` and
// kept for a person; it is never sent again.

const MAGIC = Buffer.from('TMSPOOL1');
/** Acknowledged bytes that make a rewrite worth its fsync. */
const REWRITE_BYTES = 1 << 20;
/** Console lines that the contract takes in one call. */
const MOST_LINES = 5000;

type LogRecord = Extract<SpoolRecord, { type: 'log' }>;
type FinishRecord = Extract<SpoolRecord, { type: 'finish' }>;

export class Spool {
  readonly path: string;
  readonly opening: Opening;
  #file: number;
  #size: number;
  /** Bytes of records that nobody needs any more. */
  #dead = 0;
  #logs: { record: LogRecord; bytes: number }[] = [];
  #uploads: { record: Upload; bytes: number }[] = [];
  #finish: FinishRecord | null = null;
  #lastSeq = 0;
  #acked = 0;
  #lastUpload = 0;

  private constructor(path: string, opening: Opening, file: number, size: number) {
    this.path = path;
    this.opening = opening;
    this.#file = file;
    this.#size = size;
  }

  /** A new spool; its lease is on the disk when this returns. Throws when the file exists. */
  static create(path: string, opening: Opening): Spool {
    const head = Buffer.concat([MAGIC, frame(opening)]);
    const file = openSync(path, 'ax', 0o600);
    writeAll(file, head);
    fsyncSync(file);
    syncFolder(dirname(path));
    return new Spool(path, opening, file, head.length);
  }

  /** What an earlier process left; null when it was torn before its first record, so that nothing is owed. */
  static open(path: string): Spool | null {
    const bytes = readFileSync(path);
    if (bytes.length < MAGIC.length || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) return null;
    let spool: Spool | null = null;
    let end = MAGIC.length;
    for (const { record, size } of frames(bytes, end)) {
      end += size;
      if (spool) spool.#take(record, size);
      else if (record.type === 'open') spool = new Spool(path, record, -1, 0);
      else return null;
    }
    if (!spool) return null;
    // A torn end must not stand before what is appended next.
    if (end < bytes.length) replaceFile(path, bytes.subarray(0, end));
    spool.#file = openSync(path, 'a', 0o600);
    spool.#size = end;
    return spool;
  }

  get lastSeq(): number {
    return this.#lastSeq;
  }

  get acked(): number {
    return this.#acked;
  }

  get finish(): FinishRecord | null {
    return this.#finish;
  }

  get uploads(): readonly Upload[] {
    return this.#uploads.map(({ record }) => record);
  }

  /** Log records that the server has not acknowledged, oldest first, of at most `bytes` together (one at least). */
  logs(bytes = Number.POSITIVE_INFINITY): readonly LogRecord[] {
    const taken: LogRecord[] = [];
    let lines = 0;
    for (const entry of this.#logs) {
      bytes -= entry.bytes;
      lines += entry.record.body.lines?.length ?? 0;
      if (taken.length > 0 && (bytes < 0 || lines > MOST_LINES)) break;
      taken.push(entry.record);
    }
    return taken;
  }

  appendLog(body: LogRecord['body']): number {
    const seq = this.#lastSeq + 1;
    this.#append({ type: 'log', seq, body });
    return seq;
  }

  /** @returns the upload's number, for `done`. */
  appendUpload(upload: DistributiveOmit<Upload, 'id'>): number {
    const id = this.#lastUpload + 1;
    this.#append({ ...upload, id });
    return id;
  }

  appendFinish(finish: Omit<FinishRecord, 'type'>): void {
    this.#append({ type: 'finish', ...finish });
  }

  /** An upload is with the server. Not fsynced: repeating one is harmless. */
  done(id: number): void {
    this.#write({ type: 'done', id });
    this.#compact();
  }

  /** The server has every log record up to `seq`. Numbers that were never given out, or are acknowledged already, change nothing. */
  ackThrough(seq: number): void {
    if (seq <= this.#acked || seq > this.#lastSeq) return;
    this.#write({ type: 'acked', seq });
    this.#compact();
  }

  close(): void {
    if (this.#file >= 0) closeSync(this.#file);
    this.#file = -1;
  }

  /** The server has it all. */
  remove(): void {
    this.close();
    rmSync(this.path, { force: true });
  }

  /** The attempt is no longer ours: kept, never sent again. @returns the new path. */
  setAside(): string {
    this.close();
    let path = `${this.path}.stale`;
    for (let n = 2; existsSync(path); n++) path = `${this.path}.${n}.stale`;
    renameSync(this.path, path);
    return path;
  }

  #append(record: SpoolRecord): void {
    this.#write(record);
    fsyncSync(this.#file);
  }

  #write(record: SpoolRecord): void {
    const bytes = frame(record);
    writeAll(this.#file, bytes);
    this.#size += bytes.length;
    this.#take(record, bytes.length);
  }

  #take(record: SpoolRecord, bytes: number): void {
    if (record.type === 'log') {
      this.#lastSeq = record.seq;
      this.#logs.push({ record, bytes });
    } else if (isUpload(record)) {
      this.#lastUpload = record.id;
      this.#uploads.push({ record, bytes });
    } else if (record.type === 'finish') this.#finish = record;
    else if (record.type === 'numbers') {
      this.#lastSeq = Math.max(this.#lastSeq, record.lastSeq);
      this.#acked = Math.max(this.#acked, record.acked);
      this.#lastUpload = Math.max(this.#lastUpload, record.lastUpload);
      this.#dead += bytes;
    } else if (record.type === 'acked') {
      this.#acked = Math.max(this.#acked, record.seq);
      this.#dead += bytes;
      while (this.#logs[0] && this.#logs[0].record.seq <= this.#acked) this.#dead += this.#logs.shift()!.bytes;
    } else if (record.type === 'done') {
      const at = this.#uploads.findIndex((upload) => upload.record.id === record.id);
      this.#dead += bytes + (at < 0 ? 0 : this.#uploads[at]!.bytes);
      if (at >= 0) this.#uploads.splice(at, 1);
    }
  }

  #compact(): void {
    if (this.#dead < REWRITE_BYTES || this.#dead < this.#size / 2) return;
    const kept: SpoolRecord[] = [
      this.opening,
      { type: 'numbers', lastSeq: this.#lastSeq, acked: this.#acked, lastUpload: this.#lastUpload },
      ...this.#logs.map(({ record }) => record),
      ...this.uploads,
      ...(this.#finish ? [this.#finish] : []),
    ];
    const bytes = Buffer.concat([MAGIC, ...kept.map(frame)]);
    closeSync(this.#file);
    replaceFile(this.path, bytes);
    this.#file = openSync(this.path, 'a', 0o600);
    this.#size = bytes.length;
    this.#dead = 0;
  }
}

const isUpload = (record: SpoolRecord): record is Upload =>
  ['checkpoint', 'artifact', 'media', 'environment'].includes(record.type);

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/** Length and CRC-32 of the JSON, 4 bytes each, then the JSON. */
function frame(record: SpoolRecord): Buffer {
  const json = Buffer.from(JSON.stringify(record));
  const head = Buffer.alloc(8);
  head.writeUInt32LE(json.length, 0);
  head.writeUInt32LE(crc32(json), 4);
  return Buffer.concat([head, json]);
}

/** Whole frames from `start` on; stops at the first that is torn. */
function* frames(bytes: Buffer, start: number): Generator<{ record: SpoolRecord; size: number }> {
  for (let at = start; at + 8 <= bytes.length; ) {
    const length = bytes.readUInt32LE(at);
    const json = bytes.subarray(at + 8, at + 8 + length);
    if (json.length !== length || crc32(json) !== bytes.readUInt32LE(at + 4)) return;
    // The checksum says that this module wrote it.
    yield { record: JSON.parse(json.toString('utf8')) as SpoolRecord, size: 8 + length };
    at += 8 + length;
  }
}

function writeAll(file: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
}

function replaceFile(path: string, bytes: Buffer): void {
  const next = `${path}.next`;
  const file = openSync(next, 'w', 0o600);
  writeAll(file, bytes);
  fsyncSync(file);
  closeSync(file);
  renameSync(next, path);
  syncFolder(dirname(path));
}

/** A new name is durable only once its folder is. Windows has no such call. */
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
