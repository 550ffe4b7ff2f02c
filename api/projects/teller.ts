import type { Deps, Signals } from '../deps.ts';
import { tellFigures } from './tell.ts';

/** Milliseconds between two tellings. */
const EVERY = 60_000;

export interface Teller {
  readonly signals: Signals;
  /** What changed and was not told yet is told by a tick, a minute after the last telling. */
  settle(): void;
  /** Part of every tick. */
  tick(): Promise<void>;
}

/**
 * Keeps the directory's row of a project a minute behind at most, and is silent while nothing changes. The first change after a minute
 * is told at once. A later one waits: for the next change, or for a tick, which comes anyway while a run is written. Where a tick costs
 * nothing `settle` asks for one.
 */
export function createTeller(deps: () => Deps, signals: Signals): Teller {
  let dirty = false;
  let told = Number.NEGATIVE_INFINITY;

  async function tell(): Promise<void> {
    dirty = false;
    told = deps().now();
    await tellFigures(deps());
  }

  return {
    signals: {
      publish(topic) {
        signals.publish(topic);
        if (topic !== 'changes') return;
        dirty = true;
        if (deps().now() - told >= EVERY) void tell();
      },
      watching: (topic) => signals.watching(topic),
    },
    settle() {
      if (dirty) deps().schedule(told + EVERY);
    },
    async tick() {
      if (!dirty) return;
      if (deps().now() - told >= EVERY) await tell();
      else deps().schedule(told + EVERY);
    },
  };
}
