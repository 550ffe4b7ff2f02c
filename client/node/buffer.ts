import { fromNumber, MetricKey } from '@tidemark/api/contract/common';
import type { SeriesIn } from '@tidemark/api/contract/metrics';

/** What `run.log` takes: numbers, booleans (0 and 1), and objects of them, whose keys are joined with `/`. */
export type Loggable = { readonly [key: string]: number | boolean | bigint | null | undefined | Loggable };

/** Points since the last seal, in columns by key, with a step counter of its own. */
export class PointBuffer {
  points = 0;
  #series = new Map<string, SeriesIn>();
  #nextStep = 0;
  readonly #warn: (message: string) => void;

  constructor(warn: (message: string) => void) {
    this.#warn = warn;
  }

  /** What cannot be logged is left out with a warning; nothing is thrown. */
  add(metrics: Loggable, step: number | undefined, time: number): void {
    let at = this.#nextStep;
    if (step !== undefined) {
      if (!Number.isSafeInteger(step)) {
        this.#warn(`log: step ${String(step)} is not an integer; these values were not logged.`);
        return;
      }
      at = step;
    }
    this.#nextStep = Math.max(this.#nextStep, at + 1);
    this.#addAll('', metrics, at, time, 0);
  }

  take(): { series: SeriesIn[] } {
    const series = [...this.#series.values()];
    this.#series = new Map();
    this.points = 0;
    return { series };
  }

  #addAll(prefix: string, metrics: Loggable, step: number, time: number, depth: number): void {
    if (typeof metrics !== 'object' || metrics === null) {
      this.#warn(`log: expected an object such as { loss: 0.4 }, got ${typeof metrics}.`);
      return;
    }
    for (const [name, value] of Object.entries(metrics)) {
      const key = prefix + name;
      if (typeof value === 'object' && value !== null && !Array.isArray(value) && depth < 8) {
        this.#addAll(`${key}/`, value, step, time, depth + 1);
      } else if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') {
        this.#push(key, step, time, Number(value));
      } else if (value !== null && value !== undefined) {
        this.#warn(
          `log: ${key} is ${Array.isArray(value) ? 'a list' : `a ${typeof value}`}, not a number; it was not logged.`,
        );
      }
    }
  }

  #push(key: string, step: number, time: number, value: number): void {
    let series = this.#series.get(key);
    if (!series) {
      if (!MetricKey.safeParse(key).success) {
        this.#warn(
          `log: ${JSON.stringify(key.slice(0, 80))} cannot be a metric's name (letters, digits and _ - . : / space).`,
        );
        return;
      }
      series = { key, steps: [], times: [], values: [] };
      this.#series.set(key, series);
    }
    series.steps.push(step);
    series.times.push(time);
    series.values.push(fromNumber(value));
    this.points++;
  }
}
