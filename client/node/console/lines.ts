import type { LineIn } from '@tidemark/api/contract/metrics';
import type * as z from 'zod';

export type ConsoleLine = z.input<typeof LineIn>;

/** The contract takes 8,192 characters; a longer line is cut into several. */
const LONGEST = 8000;
/** A line that does not end is told as it stands after so long (ms), and again when it changed. */
const UNFINISHED_MS = 30_000;

/** Sequences that move the cursor, erase, or set modes: of a line that is kept they mean nothing. Colours (`m`) stay. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const MOVES = /\u001b(?:\[[0-?]*[ -/]*[@-ln-~]|[78=>DEHMc])/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: as above
const CONTROLS = /[\u0000-\u0008\u000b\u000c\u000e-\u001a\u001c-\u001f\u007f]/g;

/**
 * Makes lines of what a program writes, however it is cut. What a carriage return writes over is not kept, so a progress bar is one line:
 * its last state, and its state every half minute while it runs.
 */
export class LineAssembler {
  readonly #stream: 'stdout' | 'stderr';
  readonly #emit: (line: ConsoleLine) => void;
  #partial = '';
  /** Of the unfinished line, what was told already. */
  #told = '';
  #since: number | null = null;

  constructor(stream: 'stdout' | 'stderr', emit: (line: ConsoleLine) => void) {
    this.#stream = stream;
    this.#emit = emit;
  }

  /** @param at milliseconds since 1970 */
  write(text: string, at: number): void {
    const lines = (this.#partial + text).split('\n');
    const rest = lines.pop()!;
    for (const line of lines) this.#line(visible(line), at);
    this.#partial = kept(rest);
    while (this.#partial.length > LONGEST && !this.#partial.includes('\r')) {
      const end = cutAt(this.#partial);
      this.#line(this.#partial.slice(0, end), at);
      this.#partial = this.#partial.slice(end);
    }
    if (this.#partial === '') this.#since = null;
    else this.#since ??= at;
  }

  /** Tells of a line that has stood unfinished for long. */
  tick(at: number): void {
    if (this.#since === null || at - this.#since < UNFINISHED_MS) return;
    this.#since = at;
    const text = visible(this.#partial);
    if (text === this.#told || text === '') return;
    this.#put(news(text, this.#told), at);
    this.#told = text;
  }

  /** The program has ended: what has no newline is a line too. */
  end(at: number): void {
    if (this.#partial !== '') this.#line(visible(this.#partial), at);
    this.#partial = '';
    this.#since = null;
  }

  #line(text: string, at: number): void {
    const told = this.#told;
    this.#told = '';
    this.#since = null;
    if (told !== '' && text === told) return;
    this.#put(told === '' ? text : news(text, told), at);
  }

  #put(text: string, at: number): void {
    let rest = text.replaceAll(MOVES, '').replaceAll(CONTROLS, '');
    do {
      const end = rest.length > LONGEST ? cutAt(rest) : rest.length;
      this.#emit({ at, stream: this.#stream, level: 'info', text: rest.slice(0, end) });
      rest = rest.slice(end);
    } while (rest !== '');
  }
}

/** What a terminal would show of a line: what stands behind the last carriage return that something follows. */
function visible(line: string): string {
  const whole = line.replace(/\r+$/, '');
  return whole.slice(whole.lastIndexOf('\r') + 1);
}

/** As much of an unfinished line as can still matter. */
function kept(line: string): string {
  const returns = /\r+$/.exec(line) ? '\r' : '';
  return visible(line) + returns;
}

/** What is new of a line that was told in part: where it only grew, what was added. */
const news = (text: string, told: string): string =>
  told !== '' && text.startsWith(told) ? text.slice(told.length) : text;

/** Not between the halves of a character beyond the basic plane. */
function cutAt(text: string): number {
  const last = text.charCodeAt(LONGEST - 1);
  return last >= 0xd800 && last <= 0xdbff ? LONGEST - 1 : LONGEST;
}
