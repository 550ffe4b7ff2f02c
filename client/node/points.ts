import { fromNumber, MetricKey, type MetricValue } from '@tidemark/api/contract/common';
import { MediaValue } from '@tidemark/api/contract/media';
import { joinMedia, Medium } from './media/medium.ts';
import type { Point } from './record.ts';

/** What `run.log` takes: numbers, booleans (0 and 1), media, lists of images, and objects of them, whose keys are joined with `/`. */
export type Loggable = {
  readonly [key: string]: number | boolean | bigint | null | undefined | Medium | readonly Medium[] | Loggable;
};

/** What one call of `log` comes to. */
interface Logged {
  /** null: no number among it. */
  readonly point: Point | null;
  readonly media: readonly { key: string; step: number; medium: Medium }[];
}

interface Collected {
  readonly values: Record<string, MetricValue>;
  add(key: string, medium: Medium): void;
}

/** Makes points of what a script logs, with a step counter of its own. */
export class Points {
  #nextStep = 0;
  readonly #known = new Set<string>();
  readonly #warn: (message: string) => void;

  constructor(warn: (message: string) => void) {
    this.#warn = warn;
  }

  /** The highest step so far; 0 before the first. */
  get lastStep(): number {
    return Math.max(0, this.#nextStep - 1);
  }

  /** What cannot be logged is left out with a warning. Nothing is thrown. */
  of(metrics: Loggable, step: number | undefined, time: number): Logged {
    let at = this.#nextStep;
    if (step !== undefined) {
      if (!Number.isSafeInteger(step)) {
        this.#warn(`log: step ${String(step)} is not an integer; these values were not logged.`);
        return { point: null, media: [] };
      }
      at = step;
    }
    this.#nextStep = Math.max(this.#nextStep, at + 1);
    const values: Record<string, MetricValue> = {};
    const media: { key: string; step: number; medium: Medium }[] = [];
    this.#collect('', metrics, { values, add: (key, medium) => media.push({ key, step: at, medium }) }, 0);
    for (const _ in values) return { point: { step: at, time, values }, media };
    return { point: null, media };
  }

  #collect(prefix: string, metrics: Loggable, into: Collected, depth: number): void {
    if (typeof metrics !== 'object' || metrics === null) {
      this.#warn(`log: expected an object such as { loss: 0.4 }, got ${typeof metrics}.`);
      return;
    }
    for (const [name, value] of Object.entries(metrics)) {
      const key = prefix + name;
      if (value instanceof Medium || (Array.isArray(value) && value.length > 0 && value[0] instanceof Medium)) {
        if (this.#isKey(key)) this.#medium(key, value as Medium | readonly Medium[], into);
      } else if (typeof value === 'object' && value !== null && !Array.isArray(value) && depth < 8) {
        this.#collect(`${key}/`, value as Loggable, into, depth + 1);
      } else if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') {
        if (this.#isKey(key)) into.values[key] = fromNumber(Number(value));
      } else if (value !== null && value !== undefined) {
        this.#warn(
          `log: ${key} is ${Array.isArray(value) ? 'a list' : `a ${typeof value}`}, not a number; it was not logged.`,
        );
      }
    }
  }

  /** What the server would refuse is told here, by its key. */
  #medium(key: string, value: Medium | readonly Medium[], { add }: Collected): void {
    try {
      const medium = value instanceof Medium ? value : joinMedia(value);
      const parsed = MediaValue.safeParse(medium.value);
      if (parsed.success) add(key, medium);
      else this.#warn(`log: ${key} was not logged: ${parsed.error.issues[0]?.message}`);
    } catch (error) {
      this.#warn(`log: ${key} was not logged: ${error instanceof Error ? error.message : String(error)}`);
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
