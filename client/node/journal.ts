import { existsSync, readdirSync, readFileSync, renameSync, unlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { JournalFiles } from './journal-files.ts';
import { bornAt } from './process.ts';
import {
  bodyOf,
  type CreateBody,
  type Ending,
  isNumbered,
  type JournalRecord,
  type LogBody,
  lineOf,
  linesOf,
  MOST_LINES,
  mergeBodies,
  type NumberedRecord,
  type Opening,
  type Point,
  parseLine,
  type Session,
  type Upload,
} from './record.ts';
import { Segment } from './segment.ts';

// A journal holds one run of a script until the server has all of it: records (`record.ts`) in segments `ID.journal`, `ID.journal.2`, …,
// which are only ever appended to. Every record is handed to the system before it is sent and before `log` returns, so that neither a
// dead server nor a killed script loses it. A line whose checksum is wrong (the torn end of a machine that stopped, a bad disk) is
// skipped; its sequence number is then sent empty, because the server takes batches in order only. A full segment is followed by
// a new one, and goes when the server has all of it; the first stays to the end, because its name is the journal's.

/** A segment is followed by another at about this. */
const SEGMENT_BYTES = 8 * 2 ** 20;
/** Places of records are remembered in blocks of about so many bytes, so that a long run costs little memory. */
const BLOCK_BYTES = 65_536;

/** Where some records stand. */
interface Block {
  segment: Segment;
  offset: number;
  length: number;
  firstSeq: number;
  lastSeq: number;
}

/** Records of one call. */
export interface Batch {
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly body: LogBody;
  /** What goes before it. */
  readonly uploads: readonly Upload[];
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
  readonly #segmentBytes: number;
  #segments: Segment[] = [];
  #next = 2;
  /** The disk refused a record: what was written stays readable, what follows is kept in memory. */
  #full = false;
  #blocks: Block[] = [];
  /** What the disk refused. */
  readonly #memory = new Map<number, NumberedRecord>();
  readonly #files: JournalFiles;
  /** Numbers that go out empty, because the server refused what they held. */
  readonly #dropped = new Set<number>();

  private constructor(path: string, opening: Opening, segmentBytes = SEGMENT_BYTES) {
    this.path = path;
    this.opening = opening;
    this.#segmentBytes = segmentBytes;
    this.#files = new JournalFiles(`${path}.files`);
  }

  static create(
    path: string,
    start: { url: string | null; project: string | null; create: CreateBody },
    segmentBytes?: number,
  ): Journal {
    const born = bornAt(process.pid);
    const opening: Opening = {
      type: 'open',
      version: 1,
      pid: process.pid,
      ...(born === null ? {} : { born }),
      host: hostname(),
      ...start,
    };
    const journal = new Journal(path, opening, segmentBytes);
    try {
      const first = Segment.create(path);
      first.append(lineOf(opening));
      journal.#segments.push(first);
    } catch {
      // Without a disk the run is kept in memory only.
      journal.#full = true;
    }
    return journal;
  }

  /** Reads a journal that another process left; null when it is no journal, or torn before its first record. */
  static open(path: string, segmentBytes?: number): Journal | null {
    let journal: Journal | null = null;
    let damaged = 0;
    for (const file of segmentsOf(path)) {
      const bytes = readFileSync(file);
      const lines = [...linesOf(bytes)];
      const whole = lines.at(-1)?.end ?? 0;
      if (!journal) {
        const opening = lines.map(({ line }) => parseLine(line)).find((record) => record?.type === 'open');
        if (opening?.type !== 'open' || opening.version !== 1) return null;
        journal = new Journal(path, opening, segmentBytes);
      }
      const segment = Segment.reopen(file, whole, whole === bytes.length);
      journal.#segments.push(segment);
      if (whole < bytes.length) damaged++;
      for (const { line, start, end } of lines) {
        const record = parseLine(line);
        if (record) journal.#take(record, segment, start, end - start);
        else damaged++;
      }
      journal.#next = Math.max(journal.#next, numberOf(file) + 1);
    }
    if (journal) journal.damaged = damaged;
    return journal;
  }

  get onDisk(): boolean {
    return this.#segments.length > 0;
  }

  get complete(): boolean {
    return this.acked >= this.lastSeq;
  }

  /** Bytes of all segments. */
  get bytes(): number {
    return this.#segments.reduce((sum, { size }) => sum + size, 0);
  }

  /** With the system when this returns: a killed process loses nothing of it. */
  point(point: Point): void {
    this.#add({ type: 'point', seq: this.lastSeq + 1, ...point });
  }

  log(body: LogBody): void {
    this.#add({ type: 'log', seq: this.lastSeq + 1, body });
  }

  /** @param blobs the bytes that it names, by their digest */
  upload(upload: Upload, blobs: ReadonlyMap<string, Uint8Array> = new Map()): void {
    for (const [digest, bytes] of blobs) this.#files.keep(digest, bytes);
    this.#add({ type: 'upload', seq: this.lastSeq + 1, upload });
  }

  /** Bytes that an upload names; null when they went already, or never came to the disk whole. */
  blob(digest: string): Uint8Array | null {
    return this.#files.read(digest);
  }

  end(ending: Ending): void {
    if (this.ending) return;
    this.#add({ type: 'end', ending });
    this.#segments.at(-1)?.syncNow();
  }

  begin(session: Session): void {
    this.#add({ type: 'session', session });
  }

  ack(seq: number): void {
    if (seq > this.acked) this.#add({ type: 'acked', seq });
  }

  /** Asks the system to put what was written on the disk itself: a power cut then costs what came since. Does not wait. */
  sync(): void {
    this.#segments.at(-1)?.sync();
  }

  /** The next records to send, of at most `maxBytes` together (but one at least); null when all are acknowledged. */
  next(maxBytes: number): Batch | null {
    if (this.complete) return null;
    const firstSeq = this.acked + 1;
    const bodies: LogBody[] = [];
    const uploads: Upload[] = [];
    let lastSeq = this.acked;
    let bytes = 0;
    let lines = 0;
    for (const { seq, body, upload, length } of this.#from(firstSeq)) {
      // A damaged record leaves a gap; the number goes out with the record after it.
      lines += body.lines?.length ?? 0;
      if (bodies.length > 0 && (bytes + length > maxBytes || lines > MOST_LINES)) break;
      bytes += length;
      lastSeq = seq;
      bodies.push(body);
      if (upload) uploads.push(upload);
    }
    if (bodies.length === 0) lastSeq = this.lastSeq;
    return { firstSeq, lastSeq, body: mergeBodies(bodies), uploads };
  }

  /** Exactly the records of a call that was made before. */
  range(firstSeq: number, lastSeq: number): Batch {
    const bodies: LogBody[] = [];
    const uploads: Upload[] = [];
    for (const { seq, body, upload } of this.#from(firstSeq)) {
      if (seq > lastSeq) break;
      bodies.push(body);
      if (upload) uploads.push(upload);
    }
    return { firstSeq, lastSeq, body: mergeBodies(bodies), uploads };
  }

  /** Empties records that the server refuses; false when they are empty already. */
  drop(firstSeq: number, lastSeq: number): boolean {
    const before = this.#dropped.size;
    for (const { seq, body } of this.#from(firstSeq)) {
      if (seq > lastSeq) break;
      if (body.series.length > 0 || body.lines) this.#dropped.add(seq);
    }
    return this.#dropped.size > before;
  }

  /** The server has everything: nothing is left to keep. */
  remove(): void {
    this.close();
    // The name goes first: whatever else is left of a removal that was cut short is no journal any more.
    const gone = `${this.path}.sent`;
    try {
      renameSync(this.path, gone);
    } catch {
      return;
    }
    for (const file of segmentsOf(this.path)) unlinkQuietly(file);
    this.#files.remove();
    unlinkQuietly(gone);
  }

  /** The server will never take it: kept for a person, never sent again. */
  setAside(): string {
    this.close();
    const kept = `${this.path}.refused`;
    try {
      for (const file of segmentsOf(this.path).reverse()) renameSync(file, `${file}.refused`);
    } catch {
      return this.path;
    }
    return kept;
  }

  close(): void {
    for (const segment of this.#segments) segment.close();
  }

  /** Records from a number on, as they are sent. */
  *#from(firstSeq: number): Generator<{ seq: number; body: LogBody; upload: Upload | null; length: number }> {
    const sent = (record: NumberedRecord) =>
      this.#dropped.has(record.seq)
        ? { body: { series: [] }, upload: null }
        : { body: bodyOf(record), upload: record.type === 'upload' ? record.upload : null };
    for (const { segment, offset, length, lastSeq } of [...this.#blocks]) {
      if (lastSeq < firstSeq) continue;
      for (const { line } of linesOf(segment.read(offset, length))) {
        const record = parseLine(line);
        if (!record || !isNumbered(record) || record.seq < firstSeq) continue;
        yield { seq: record.seq, ...sent(record), length: line.length };
      }
    }
    for (const [seq, record] of this.#memory) {
      if (seq < firstSeq) continue;
      yield { seq, ...sent(record), length: JSON.stringify(record).length };
    }
  }

  #add(record: JournalRecord): void {
    const line = lineOf(record);
    const segment = this.#writable(line.length);
    if (segment) {
      try {
        this.#take(record, segment, segment.append(line), line.length);
        return;
      } catch (error) {
        this.#full = true;
        this.onDiskError?.(error);
      }
    }
    this.#take(record, null, 0, 0);
  }

  /** Where the next record goes: into a new segment when it would make the newest too long. */
  #writable(length: number): Segment | null {
    const newest = this.#segments.at(-1);
    if (!newest || this.#full) return null;
    if (newest.size + length <= this.#segmentBytes) return newest;
    try {
      const segment = Segment.create(`${this.path}.${this.#next}`);
      // Segments before it may go: so it tells itself whose run this is, and how far the server was.
      segment.append(lineOf(this.opening));
      if (this.session) segment.append(lineOf({ type: 'session', session: { ...this.session, ackedSeq: this.acked } }));
      newest.sync();
      this.#next++;
      this.#segments.push(segment);
      this.#prune();
      return segment;
    } catch {
      // A disk that is full refuses the record too, and says so.
      return newest;
    }
  }

  #take(record: JournalRecord, segment: Segment | null, offset: number, length: number): void {
    if (record.type === 'session') {
      this.session = record.session;
      this.#ackTo(record.session.ackedSeq);
    } else if (record.type === 'acked') this.#ackTo(record.seq);
    else if (record.type === 'end') this.ending ??= record.ending;
    else if (isNumbered(record)) {
      this.lastSeq = Math.max(this.lastSeq, record.seq);
      if (segment) this.#place(record.seq, segment, offset, length);
      else this.#memory.set(record.seq, record);
    }
  }

  #place(seq: number, segment: Segment, offset: number, length: number): void {
    segment.lastSeq = Math.max(segment.lastSeq, seq);
    if (seq <= this.acked) return;
    const block = this.#blocks.at(-1);
    if (block?.segment === segment && offset + length - block.offset <= BLOCK_BYTES) {
      block.length = offset + length - block.offset;
      block.lastSeq = seq;
    } else this.#blocks.push({ segment, offset, length, firstSeq: seq, lastSeq: seq });
  }

  #ackTo(seq: number): void {
    this.acked = Math.max(this.acked, seq);
    this.lastSeq = Math.max(this.lastSeq, seq);
    const kept = this.#blocks.findIndex(({ lastSeq }) => lastSeq > this.acked);
    this.#blocks.splice(0, kept < 0 ? this.#blocks.length : kept);
    for (const held of this.#memory.keys()) if (held <= this.acked) this.#memory.delete(held);
    this.#prune();
  }

  /** Segments in the middle of which the server has everything go. */
  #prune(): void {
    if (this.#segments.length < 3) return;
    const last = this.#segments.length - 1;
    this.#segments = this.#segments.filter((segment, index) => {
      if (index === 0 || index === last || segment.lastSeq > this.acked) return true;
      segment.unlink();
      return false;
    });
  }
}

/** A journal's files that are there, in their order. */
function segmentsOf(path: string): string[] {
  const name = basename(path);
  const folder = dirname(path);
  const rest = readdirSync(folder)
    .filter((file) => file.startsWith(`${name}.`) && /^\d+$/.test(file.slice(name.length + 1)))
    .map((file) => join(folder, file))
    .sort((a, b) => numberOf(a) - numberOf(b));
  return existsSync(path) ? [path, ...rest] : rest;
}

const numberOf = (path: string): number => Number(/\.(\d+)$/.exec(path)?.[1] ?? 1);

function unlinkQuietly(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Gone already.
  }
}
