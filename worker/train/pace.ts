/** Weight of the newest step in the running mean: the last twenty or so count. */
const NEWEST = 0.1;

/** How fast training goes, and from that when it will be done. Times in ms of a monotonic clock. */
export class Pace {
  #began: number;
  #last: number;
  #images = 0;
  #stepMs: number | null = null;
  #imageMs: number | null = null;
  /** What an epoch takes beside its steps: validation and checkpoints. */
  #restMs = 0;
  #stepsEnded: number;

  constructor(now: number) {
    this.#began = now;
    this.#last = now;
    this.#stepsEnded = now;
  }

  begin(now: number): void {
    this.#began = now;
    this.#last = now;
    this.#images = 0;
  }

  step(now: number, images: number): void {
    const took = now - this.#last;
    this.#last = now;
    this.#images += images;
    const mean = (old: number | null, value: number) => (old === null ? value : old + (value - old) * NEWEST);
    this.#stepMs = mean(this.#stepMs, took);
    this.#imageMs = mean(this.#imageMs, took / images);
  }

  /** What an epoch logs about its speed, after its last step; nothing where it had none. @param waitedMs of that, for batches. */
  training(now: number, waitedMs: number): Record<string, number> {
    this.#stepsEnded = now;
    if (this.#images === 0) return {};
    const took = Math.max(now - this.#began, 1e-3);
    return {
      'system/images_per_second': (this.#images / took) * 1000,
      'system/data_wait': Math.min(1, waitedMs / took),
    };
  }

  /** At an epoch's very end. @returns its seconds. */
  end(now: number): number {
    this.#restMs = now - this.#stepsEnded;
    return (now - this.#began) / 1000;
  }

  estimate(steps: number, epochs: number): { imagesPerSecond?: number; etaSeconds?: number } {
    if (this.#stepMs === null || this.#imageMs === null) return {};
    return {
      imagesPerSecond: Math.round(10_000 / Math.max(this.#imageMs, 1e-3)) / 10,
      etaSeconds: Math.round((steps * this.#stepMs + epochs * this.#restMs) / 1000),
    };
  }
}
