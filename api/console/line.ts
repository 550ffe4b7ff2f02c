import type * as z from 'zod';
import { ESCAPE_SEQUENCES } from '../contract/escape-sequences.ts';
import type { LineIn } from '../contract/metrics.ts';
import type { LogLine } from '../contract/runs.ts';

// A stored line is JSON and a newline: [at, kind, words] or [at, kind, words, marks]. Escape sequences (ECMA-48: colours) stand apart in
// marks, as [characters of words before it, sequence] pairs, so that a search in the stored text finds what people read.

export type LineInput = z.output<typeof LineIn>;
/** What a line has beside its number and attempt. */
export type Line = Pick<LogLine, 'at' | 'level' | 'stream' | 'text'>;
type Stored = [at: number, kind: string, words: string, marks?: [number, string][]];

const STREAMS = { l: 'log', o: 'stdout', e: 'stderr' } as const;
const LEVELS = { d: 'debug', i: 'info', w: 'warn', e: 'error' } as const;
const STREAM_CODES = { log: 'l', stdout: 'o', stderr: 'e' } as const;
const LEVEL_CODES = { debug: 'd', info: 'i', warn: 'w', error: 'e' } as const;

export function encodeLine({ at, level, stream, text }: LineInput): string {
  const kind = STREAM_CODES[stream] + LEVEL_CODES[level];
  const marks: [number, string][] = [];
  let removed = 0;
  const words = text.replaceAll(ESCAPE_SEQUENCES, (sequence, offset: number) => {
    marks.push([offset - removed, sequence]);
    removed += sequence.length;
    return '';
  });
  const stored: Stored = marks.length === 0 ? [at, kind, words] : [at, kind, words, marks];
  return `${JSON.stringify(stored)}\n`;
}

/** One stored line; `words` is its text without the sequences. */
export function decodeLine(json: string): Line & { words: string } {
  const [at, kind, words, marks] = JSON.parse(json) as Stored; // written above
  return {
    at,
    level: LEVELS[kind[1] as keyof typeof LEVELS],
    stream: STREAMS[kind[0] as keyof typeof STREAMS],
    text: marks ? joined(words, marks) : words,
    words,
  };
}

function joined(words: string, marks: readonly [number, string][]): string {
  let text = '';
  let from = 0;
  for (const [offset, sequence] of marks) {
    text += words.slice(from, offset) + sequence;
    from = offset;
  }
  return text + words.slice(from);
}

/** Stored lines of a chunk or of the live row. */
export const splitLines = (data: string): string[] => (data === '' ? [] : data.slice(0, -1).split('\n'));

/** Upper case of A–Z as lower, as SQLite's `lower` has it. */
export const fold = (text: string): string => text.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase());

/** What a stored line contains when its words contain `search`: the same, as JSON escapes it. */
export const needleOf = (search: string): string => fold(JSON.stringify(search).slice(1, -1));
