/** A block of lines at the bottom of a terminal that is drawn again in place. */
export class Screen {
  readonly #out: NodeJS.WriteStream;
  #lines = 0;

  constructor(out: NodeJS.WriteStream) {
    this.#out = out;
  }

  get width(): number {
    return this.#out.columns || 80;
  }

  get height(): number {
    return this.#out.rows || 24;
  }

  draw(lines: readonly string[]): void {
    // Up to the block's start, then each line with its rest erased, then whatever stood below.
    const up = this.#lines > 0 ? `\u001b[${this.#lines}F` : '';
    const shown = lines.slice(0, this.height - 1);
    this.#out.write(`\u001b[?25l${up}${shown.map((line) => `${line}\u001b[K\n`).join('')}\u001b[J\u001b[?25h`);
    this.#lines = shown.length;
  }

  /** What was drawn stays; the next draw starts below it. */
  keep(): void {
    this.#lines = 0;
  }
}

/** One line of progress on standard error, drawn over itself; silent when that is no terminal. */
export function progressLine(out: NodeJS.WriteStream = process.stderr): { show(text: string): void; clear(): void } {
  let last = 0;
  return {
    show(text) {
      const now = performance.now();
      if (!out.isTTY || now - last < 80) return;
      last = now;
      out.write(`\r${text.slice(0, (out.columns || 80) - 1)}\u001b[K`);
    },
    clear() {
      if (out.isTTY) out.write('\r\u001b[K');
    },
  };
}
