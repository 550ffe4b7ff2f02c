import { setImmediate as turn } from 'node:timers/promises';
import type { StopReason } from '../messages.ts';

/**
 * What stands before every step: nothing starts past the lease's deadline, and nothing after a stop was asked for. The step
 * blocks the event loop, so passing the gate also lets the supervisor's messages in.
 */
export class Gate {
  #deadline: number;
  #stop: StopReason | null = null;
  #opened: (() => void)[] = [];
  readonly #now: () => number;
  readonly #onWait: () => void;

  /** @param now the monotonic clock that deadlines are in. @param onWait told when a wait for the lease begins. */
  constructor(deadline: number, now: () => number, onWait: () => void = () => {}) {
    this.#deadline = deadline;
    this.#now = now;
    this.#onWait = onWait;
  }

  renew(deadline: number): void {
    this.#deadline = deadline;
    this.#open();
  }

  stop(reason: StopReason): void {
    this.#stop ??= reason;
    this.#open();
  }

  /** @returns why to stop, or null: the next step may start. Waits while the lease has run out. */
  async pass(): Promise<StopReason | null> {
    await turn();
    let told = false;
    while (!this.#stop && this.#now() >= this.#deadline) {
      if (!told) this.#onWait();
      told = true;
      await new Promise<void>((resolve) => this.#opened.push(resolve));
    }
    return this.#stop;
  }

  #open(): void {
    for (const resolve of this.#opened.splice(0)) resolve();
  }
}
