export interface Timer {
  /** Asks for a run at a time; an earlier one already asked for stays. */
  schedule(at: number): void;
  stop(): void;
}

/** A day: a longer wait than setTimeout takes is cut into several. */
const LONGEST = 86_400_000;

/** Runs something at the earliest time asked for, never twice at once. */
export function createTimer(now: () => number, run: () => Promise<void>, onError: (error: unknown) => void): Timer {
  let due = Number.POSITIVE_INFINITY;
  let handle: NodeJS.Timeout | undefined;
  let stopped = false;
  let running = false;

  function arm(): void {
    clearTimeout(handle);
    if (stopped || running || due === Number.POSITIVE_INFINITY) return;
    handle = setTimeout(fire, Math.min(LONGEST, Math.max(0, due - now())));
    handle.unref();
  }
  async function fire(): Promise<void> {
    if (now() < due) return arm();
    due = Number.POSITIVE_INFINITY;
    running = true;
    try {
      await run();
    } catch (error) {
      onError(error);
      // What failed is still to be done; not at once, lest it fails in a circle.
      due = Math.min(due, now() + 30_000);
    } finally {
      running = false;
      arm();
    }
  }
  return {
    schedule(at) {
      if (at >= due) return;
      due = at;
      arm();
    },
    stop() {
      stopped = true;
      clearTimeout(handle);
    },
  };
}
