import type { Port } from './port.ts';

/**
 * Logs what the run does not show already. It may, up to the resume step: at it, where an attempt ended between its points and
 * the next checkpoint; before it, where the newest checkpoint is corrupt.
 */
export class Points {
  readonly #port: Port;
  readonly #resumeStep: number;
  readonly #shown: Readonly<Record<string, number>>;

  /**
   * @param resumeStep the step that this attempt's own points begin after
   * @param shown last step of each metric that the run shows
   */
  constructor(port: Port, resumeStep: number, shown: Readonly<Record<string, number>>) {
    this.#port = port;
    this.#resumeStep = resumeStep;
    this.#shown = shown;
  }

  log(step: number, values: Record<string, number>): void {
    const fresh = Object.entries(values).filter(([key]) => step > this.#resumeStep || (this.#shown[key] ?? -1) < step);
    if (fresh.length === 0) return;
    this.#port.send({ type: 'points', step, at: this.#port.now(), values: Object.fromEntries(fresh) });
  }
}
