import { fromNumber, MetricKey, type MetricValue } from '@tidemark/api/contract/common';
import type { Point } from './record.ts';

/** What `run.log` takes: numbers, booleans (0 and 1), and objects of them, whose keys are joined with `/`. */
export type Loggable = { readonly [key: string]: number | boolean | bigint | null | undefined | Loggable };

/** Makes points of what a script logs, with a step counter of its own. */
export class Points {
  #nextStep = 0;
  readonly #known = new Set<string>();
  readonly #warn: (message: string) => void;

  constructor(warn: (message: string) => void) {
    this.#warn = warn;
  }

  /** What cannot be logged is left out with a warning; null when that is all of it. Nothing is thrown. */
  of(metrics: Loggable, step: number | undefined, time: number): Point | null {
    let at = this.#nextStep;
    if (step !== undefined) {
      if (!Number.isSafeInteger(step)) {
        this.#warn(`log: step ${String(step)} is not an integer; these values were not logged.`);
        return null;
      }
      at = step;
    }
    this.#nextStep = Math.max(this.#nextStep, at + 1);
    const values: Record<string, MetricValue> = {};
    this.#collect('', metrics, values, 0);
    for (const _ in values) return { step: at, time, values };
    return null;
  }

  #collect(prefix: string, metrics: Loggable, values: Record<string, MetricValue>, depth: number): void {
    if (typeof metrics !== 'object' || metrics === null) {
      this.#warn(`log: expected an object such as { loss: 0.4 }, got ${typeof metrics}.`);
      return;
    }
    for (const [name, value] of Object.entries(metrics)) {
      const key = prefix + name;
      if (typeof value === 'object' && value !== null && !Array.isArray(value) && depth < 8) {
        this.#collect(`${key}/`, value, values, depth + 1);
      } else if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') {
        if (this.#isKey(key)) values[key] = fromNumber(Number(value));
      } else if (value !== null && value !== undefined) {
        this.#warn(
          `log: ${key} is ${Array.isArray(value) ? 'a list' : `a ${typeof value}`}, not a number; it was not logged.`,
        );
      }
    }
  }

  #isKey(key: string): boolean {
    if (this.#known.has(key)) return true;
    if (!MetricKey.safeParse(key).success || key === '__proto__') {
      this.#warn(
        `log: ${JSON.stringify(key.slice(0, 80))} cannot be a metric's name (letters, digits and _ - . : / space).`,
      );
      return false;
    }
    this.#known.add(key);
    return true;
  }
}
