import type { ConsoleLine } from './lines.ts';

const PER_SECOND = 200;
const AT_ONCE = 5000;

/**
 * Lets lines through at 200 a second, 5,000 at once after a pause. What is too much is left out, and counted in one line when there is
 * room again or at the end.
 */
export class LineRate {
  #room = AT_ONCE;
  #at: number | null = null;
  #left = 0;

  /** What to keep now of a line: itself, before it a word of those left out, or nothing. @param at milliseconds */
  pass(line: ConsoleLine, at: number): ConsoleLine[] {
    if (this.#at !== null)
      this.#room = Math.min(AT_ONCE, this.#room + (Math.max(0, at - this.#at) * PER_SECOND) / 1000);
    this.#at = at;
    // After a flood there is a pause to tell of it, not a line between each two.
    if (this.#room < (this.#left > 0 ? PER_SECOND : 1)) {
      this.#left++;
      return [];
    }
    this.#room--;
    return [...this.end(at), line];
  }

  /** What was left out and not told yet. */
  end(at: number): ConsoleLine[] {
    if (this.#left === 0) return [];
    const text = `… ${this.#left} lines left out: more than ${PER_SECOND} a second …`;
    this.#left = 0;
    return [{ at, level: 'warn', stream: 'log', text }];
  }
}
