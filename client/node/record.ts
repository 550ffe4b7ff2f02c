import { crc32 } from 'node:zlib';
import type { MetricValue } from '@tidemark/api/contract/common';
import type { Environment } from '@tidemark/api/contract/environment';
import type { MediaIn } from '@tidemark/api/contract/media';
import type { SeriesIn } from '@tidemark/api/contract/metrics';
import type { createRun, finishRun, Session as SessionSchema } from '@tidemark/api/contract/runs';
import type * as z from 'zod';
import type { ConsoleLine } from './console/lines.ts';

// The lines of a journal: `CRC-32 in hex, space, JSON, newline`. docs/client.md describes them for other programs. A kind that a
// reader does not know is passed over, so a journal of a newer client still gives what an older one understands.

export type CreateBody = z.input<typeof createRun.body>;
export type Session = z.output<typeof SessionSchema>;
export type Ending = Pick<z.input<typeof finishRun.body>, 'outcome' | 'error'>;
/** What goes to the server in one numbered record, in order and once. */
export type LogBody = { series: SeriesIn[]; lines?: ConsoleLine[] };

/** What goes in calls of its own, in front of the points that were logged after it. The same again changes nothing. */
export type Upload =
  | { kind: 'environment'; environment: Environment }
  | { kind: 'artifact'; path: string; contentType: string; digest: string }
  | { kind: 'media'; item: z.input<typeof MediaIn>; digests: string[] };

/** One call of `log`: values at a step. */
export interface Point {
  step: number;
  /** Milliseconds since 1970. */
  time: number;
  values: Record<string, MetricValue>;
}

/** What stands first in each segment: whose run it is, and who wrote it. */
export interface Opening {
  type: 'open';
  version: 1;
  /** The server it is meant for; null: whichever it is sent to. */
  url: string | null;
  project: string | null;
  pid: number;
  /** When that process began, where the system says so: a number is used again, together they are not. */
  born?: string;
  host: string;
  create: CreateBody;
}

export type JournalRecord =
  | Opening
  | { type: 'session'; session: Session }
  | { type: 'log'; seq: number; body: LogBody }
  | ({ type: 'point'; seq: number } & Point)
  /** Bytes are in files beside the journal, by their digest. */
  | { type: 'upload'; seq: number; upload: Upload }
  | { type: 'acked'; seq: number }
  | { type: 'end'; ending: Ending };

/** A record that carries a sequence number. */
export type NumberedRecord = Extract<JournalRecord, { type: 'log' | 'point' | 'upload' }>;

export const isNumbered = (record: JournalRecord): record is NumberedRecord =>
  record.type === 'log' || record.type === 'point' || record.type === 'upload';

export function lineOf(record: JournalRecord): Buffer {
  const json = Buffer.from(JSON.stringify(record));
  return Buffer.concat([Buffer.from(`${checksum(json)} `), json, NEWLINE]);
}

/** A line without its newline; null where the checksum tells that it is torn or damaged. */
export function parseLine(line: Buffer): JournalRecord | null {
  if (line.length < 10 || line[8] !== 32) return null;
  const json = line.subarray(9);
  if (line.toString('latin1', 0, 8) !== checksum(json)) return null;
  try {
    return JSON.parse(json.toString('utf8')) as JournalRecord; // written by this module: the checksum says so
  } catch {
    return null;
  }
}

/** The whole lines of some bytes, each with its offset in them. */
export function* linesOf(bytes: Buffer): Generator<{ line: Buffer; start: number; end: number }> {
  let start = 0;
  for (let end = bytes.indexOf(10); end !== -1; start = end + 1, end = bytes.indexOf(10, start)) {
    yield { line: bytes.subarray(start, end), start, end: end + 1 };
  }
}

export function bodyOf(record: NumberedRecord): LogBody {
  if (record.type === 'log') return record.body;
  if (record.type === 'upload') return { series: [] };
  const { step, time, values } = record;
  return {
    series: Object.entries(values).map(([key, value]) => ({ key, steps: [step], times: [time], values: [value] })),
  };
}

/** One body out of several: each key's columns joined in order. */
export function mergeBodies(bodies: readonly LogBody[]): LogBody {
  if (bodies.length === 1) return bodies[0]!;
  const byKey = new Map<string, SeriesIn>();
  for (const { series } of bodies) {
    for (const { key, steps, times, values } of series) {
      const joined = byKey.get(key);
      if (!joined) byKey.set(key, { key, steps: [...steps], times: [...times], values: [...values] });
      else {
        for (const step of steps) joined.steps.push(step);
        for (const time of times) joined.times.push(time);
        for (const value of values) joined.values.push(value);
      }
    }
  }
  const lines = bodies.flatMap((body) => body.lines ?? []);
  return { series: [...byKey.values()], ...(lines.length > 0 ? { lines } : {}) };
}

/** The contract takes so many lines in one call. */
export const MOST_LINES = 5000;

const NEWLINE = Buffer.from('\n');
const checksum = (bytes: Uint8Array): string => crc32(bytes).toString(16).padStart(8, '0');
