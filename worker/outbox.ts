import { fromNumber } from '@tidemark/api/contract/common';
import type { SeriesIn } from '@tidemark/api/contract/metrics';
import type { Progress } from '@tidemark/api/contract/runs';
import type { LineLevel } from './messages.ts';
import type { Spool } from './spool.ts';

type Record = Parameters<Spool['appendLog']>[0];
type Line = NonNullable<Record['lines']>[number];

/** Points kept in memory at most, and for how long (ms), before they are written to the spool: one fsync for many steps. */
const MOST_POINTS = 5000;
const MOST_LINES = 500;
const LONGEST_MS = 2000;

/** Gathers points and lines, and writes them to the spool as one record. */
export class Outbox {
  readonly #spool: Spool;
  readonly #monotonic: () => number;
  #series = new Map<string, SeriesIn>();
  #points = 0;
  #lines: Line[] = [];
  #progress: Progress | null = null;
  #device: string | null = null;
  #since: number | null = null;

  constructor(spool: Spool, monotonic: () => number) {
    this.#spool = spool;
    this.#monotonic = monotonic;
  }

  points(step: number, at: number, values: globalThis.Record<string, number>): void {
    for (const [key, value] of Object.entries(values)) {
      let columns = this.#series.get(key);
      if (!columns) {
        columns = { key, steps: [], times: [], values: [] };
        this.#series.set(key, columns);
      }
      columns.steps.push(step);
      columns.times.push(Math.trunc(at));
      columns.values.push(fromNumber(value));
      this.#points++;
    }
    this.#added();
  }

  line(level: LineLevel, at: number, text: string): void {
    this.print({ level, at: Math.trunc(at), text });
  }

  /** A line of a program's output, or of our own. */
  print(line: Line): void {
    this.#lines.push(line);
    this.#added();
  }

  /** Progress is worth a call only together with something else; the newest counts. */
  progress(progress: Progress): void {
    this.#progress = progress;
  }

  device(description: string): void {
    this.#device = description.slice(0, 200);
    this.#added();
  }

  /** The newest progress, for a heartbeat. */
  takeProgress(): Progress | null {
    const progress = this.#progress;
    this.#progress = null;
    return progress;
  }

  get empty(): boolean {
    return this.#since === null;
  }

  /** Everything gathered so far is on the disk when this returns. */
  flush(): void {
    if (this.#since === null) return;
    const progress = this.takeProgress();
    const body: Record = {
      series: [...this.#series.values()],
      lines: this.#lines,
      ...(progress ? { progress } : {}),
      ...(this.#device === null ? {} : { device: this.#device }),
    };
    this.#spool.appendLog(body);
    this.#series = new Map();
    this.#points = 0;
    this.#lines = [];
    this.#device = null;
    this.#since = null;
  }

  #added(): void {
    this.#since ??= this.#monotonic();
    const full = this.#points >= MOST_POINTS || this.#lines.length >= MOST_LINES;
    if (full || this.#monotonic() - this.#since >= LONGEST_MS) this.flush();
  }
}
