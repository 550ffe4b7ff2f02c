/** Numbers from 0, each held by one run at a time. The lowest free one is given, so that two runs at a time have slots 0 and 1. */
export class Slots {
  readonly #held = new Set<number>();

  take(): number {
    let slot = 0;
    while (this.#held.has(slot)) slot++;
    this.#held.add(slot);
    return slot;
  }

  release(slot: number): void {
    this.#held.delete(slot);
  }
}
