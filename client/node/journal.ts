import { closeSync, ftruncateSync, openSync, readFileSync, readSync, renameSync, unlinkSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { crc32 } from 'node:zlib';
import type { SeriesIn } from '@tidemark/api/contract/metrics';
import type { createRun, finishRun, Session as SessionSchema } from '@tidemark/api/contract/runs';
import type * as z from 'zod';

// A journal holds one run of a script until the server has all of it: a line per record, `CRC-32 in hex, space, JSON`, only ever
// appended. Every point is written here before it is sent, so that neither a dead server nor a killed script loses it. A line
// whose checksum is wrong (the torn end of a killed process, a bad disk) is skipped; its sequence number is then sent empty,
// because the server takes batches in order only. The file goes when the server has acknowledged the run's end.

export type CreateBody = z.input<typeof createRun.body>;
export type Session = z.output<typeof SessionSchema>;
export type Ending = Pick<z.input<typeof finishRun.body>, 'outcome' | 'error'>;
export type LogBody = { series: SeriesIn[] };

export type JournalRecord =
  | {
      type: 'open';
      version: 1;
      url: string | null;
      project: string | null;
      pid: number;
      host: string;
      create: CreateBody;
    }
  | { type: 'session'; session: Session }
  | { type: 'log'; seq: number; body: LogBody }
  | { type: 'acked'; seq: number }
  | { type: 'end'; ending: Ending };

type Opening = Extract<JournalRecord, { type: 'open' }>;

interface Entry {
  seq: number;
  /** Bytes of its line, and where in the file it starts; −1: the disk refused it, so it is kept in memory. */
  length: number;
  offset: number;
  body: LogBody | undefined;
}

export class Journal {
  readonly path: string;
  readonly opening: Opening;
  session: Session | null = null;
  ending: Ending | null = null;
  /** The newest sequence number given out. */
  lastSeq = 0;
  /** Up to here the server has everything. */
  acked = 0;
  /** Lines that could not be read back. */
  damaged = 0;
  /** Told once when the disk refuses a record. */
  onDiskError: ((error: unknown) => void) | undefined;
  #file: number | null;
  #size: number;
  /** The disk refused a record: what was written stays readable, what follows is kept in memory. */
  #full = false;
  #entries: Entry[] = [];

  private constructor(path: string, opening: Opening, file: number | null, size: number) {
    this.path = path;
    this.opening = opening;
    this.#file = file;
    this.#size = size;
  }

  static create(path: string, start: { url: string | null; project: string | null; create: CreateBody }): Journal {
    const opening: Opening = { type: 'open', version: 1, pid: process.pid, host: hostname(), ...start };
    let file: number | null = null;
    try {
      file = openSync(path, 'ax+', 0o600);
    } catch {
      // Without a disk the run is kept in memory only.
    }
    const journal = new Journal(path, opening, file, 0);
    journal.#write(opening);
    return journal;
  }

  /** Reads a journal that another process left; null when it is no journal, or torn before its first record. */
  static open(path: string): Journal | null {
    const bytes = readFileSync(path);
    let journal: Journal | null = null;
    let damaged = 0;
    let start = 0;
    for (let end = bytes.indexOf(10); end !== -1; start = end + 1, end = bytes.indexOf(10, start)) {
      const record = parseLine(bytes.subarray(start, end));
      if (!record) damaged++;
      else if (record.type === 'open') {
        if (record.version !== 1) return null;
        journal ??= new Journal(path, record, openSync(path, 'a+', 0o600), bytes.length);
      } else if (journal) journal.#take(record, start, end + 1 - start);
    }
    if (!journal) return null;
    journal.damaged = damaged + (start < bytes.length ? 1 : 0);
    if (start < bytes.length) journal.#cut(start);
    return journal;
  }

  get onDisk(): boolean {
    return this.#file !== null;
  }

  get complete(): boolean {
    return this.acked >= this.lastSeq;
  }

  log(body: LogBody): void {
    this.#add({ type: 'log', seq: this.lastSeq + 1, body });
  }

  end(ending: Ending): void {
    if (!this.ending) this.#add({ type: 'end', ending });
  }

  begin(session: Session): void {
    this.#add({ type: 'session', session });
  }

  ack(seq: number): void {
    if (seq > this.acked) this.#add({ type: 'acked', seq });
  }

  /** The next records to send, as one body, of at most `maxBytes` together (but one at least); null when all are acknowledged. */
  next(maxBytes: number): { firstSeq: number; lastSeq: number; body: LogBody } | null {
    if (this.complete) return null;
    const firstSeq = this.acked + 1;
    const bodies: LogBody[] = [];
    let lastSeq = this.acked;
    let bytes = 0;
    for (const entry of this.#entries) {
      // A damaged record leaves a gap; the number goes out with the record after it.
      if (bodies.length > 0 && bytes + entry.length > maxBytes) break;
      bytes += entry.length;
      lastSeq = entry.seq;
      bodies.push(this.#read(entry));
    }
    if (bodies.length === 0) lastSeq = this.lastSeq;
    return { firstSeq, lastSeq, body: merge(bodies) };
  }

  /** Exactly the records of a call that was made before. */
  range(firstSeq: number, lastSeq: number): LogBody {
    return merge(
      this.#entries.filter(({ seq }) => seq >= firstSeq && seq <= lastSeq).map((entry) => this.#read(entry)),
    );
  }

  /** Empties records that the server refuses; false when they are empty already. */
  drop(firstSeq: number, lastSeq: number): boolean {
    let dropped = false;
    for (const entry of this.#entries) {
      if (entry.seq < firstSeq || entry.seq > lastSeq || entry.body?.series.length === 0) continue;
      entry.body = { series: [] };
      dropped = true;
    }
    return dropped;
  }

  /** The server has everything: nothing is left to keep. */
  remove(): void {
    this.#close();
    try {
      unlinkSync(this.path);
    } catch {
      // Gone already, or never there.
    }
  }

  /** The server will never take it: kept for a person, never sent again. */
  setAside(): string {
    this.#close();
    const kept = `${this.path}.refused`;
    try {
      renameSync(this.path, kept);
    } catch {
      return this.path;
    }
    return kept;
  }

  close(): void {
    this.#close();
  }

  #close(): void {
    if (this.#file !== null) closeSync(this.#file);
    this.#file = null;
  }

  /** A torn end goes, so that what is appended next does not join it. */
  #cut(size: number): void {
    this.#size = size;
    try {
      if (this.#file !== null) ftruncateSync(this.#file, size);
    } catch {
      this.#full = true;
    }
  }

  #add(record: JournalRecord): void {
    const at = this.#size;
    const length = this.#write(record);
    this.#take(record, length === null ? -1 : at, length ?? JSON.stringify(record).length);
  }

  #take(record: JournalRecord, offset: number, length: number): void {
    if (record.type === 'session') {
      this.session = record.session;
      this.#ackTo(record.session.ackedSeq);
    } else if (record.type === 'acked') this.#ackTo(record.seq);
    else if (record.type === 'end') this.ending ??= record.ending;
    else if (record.type === 'log') {
      this.lastSeq = Math.max(this.lastSeq, record.seq);
      this.#entries.push({ seq: record.seq, offset, length, body: offset < 0 ? record.body : undefined });
    }
  }

  #ackTo(seq: number): void {
    this.acked = Math.max(this.acked, seq);
    this.lastSeq = Math.max(this.lastSeq, seq);
    while (this.#entries[0] && this.#entries[0].seq <= this.acked) this.#entries.shift();
  }

  #write(record: JournalRecord): number | null {
    const json = Buffer.from(JSON.stringify(record));
    return this.#append(Buffer.concat([Buffer.from(`${checksum(json)} `), json, Buffer.from('\n')]));
  }

  #append(line: Buffer): number | null {
    if (this.#file === null || this.#full) return null;
    try {
      let written = 0;
      while (written < line.length) written += writeSync(this.#file, line, written);
      this.#size += line.length;
      return line.length;
    } catch (error) {
      this.#full = true;
      try {
        ftruncateSync(this.#file, this.#size);
      } catch {
        // The torn line stays, and its checksum tells.
      }
      this.onDiskError?.(error);
      return null;
    }
  }

  #read(entry: Entry): LogBody {
    if (entry.body) return entry.body;
    if (this.#file === null) return { series: [] };
    const line = Buffer.alloc(entry.length);
    readSync(this.#file, line, 0, entry.length, entry.offset);
    const record = parseLine(line.subarray(0, -1));
    return record?.type === 'log' ? record.body : { series: [] };
  }
}

const checksum = (bytes: Uint8Array): string => crc32(bytes).toString(16).padStart(8, '0');

function parseLine(line: Buffer): JournalRecord | null {
  if (line.length < 10 || line[8] !== 32) return null;
  const json = line.subarray(9);
  if (line.toString('latin1', 0, 8) !== checksum(json)) return null;
  try {
    return JSON.parse(json.toString('utf8')) as JournalRecord; // written by this module: the checksum says so
  } catch {
    return null;
  }
}

/** One body out of several: each key's columns joined in order. */
function merge(bodies: readonly LogBody[]): LogBody {
  if (bodies.length === 1) return bodies[0]!;
  const byKey = new Map<string, SeriesIn>();
  for (const { key, steps, times, values } of bodies.flatMap(({ series }) => series)) {
    const joined = byKey.get(key);
    if (!joined) byKey.set(key, { key, steps: [...steps], times: [...times], values: [...values] });
    else {
      for (const step of steps) joined.steps.push(step);
      for (const time of times) joined.times.push(time);
      for (const value of values) joined.values.push(value);
    }
  }
  return { series: [...byKey.values()] };
}
