export interface Timer {
  /** Asks for a run at a time; an earlier one already asked for stays. */
  schedule(at: number): void;
  /** When it runs next, whatever happens; null: not until asked. */
  due(): number | null;
  /** Waits until nothing runs or is due. */
  settled(): Promise<void>;
  /** Waits for a run in progress. */
  stop(): Promise<void>;
}

/** A day: a longer wait than setTimeout takes is cut into several. */
const LONGEST = 86_400_000;

/** Runs something at the earliest time asked for, never twice at once, and tells it how late that is. */
export function createTimer(
  now: () => number,
  run: (lateMs: number) => Promise<void>,
  onError: (error: unknown) => void,
): Timer {
  let due = Number.POSITIVE_INFINITY;
  let handle: NodeJS.Timeout | undefined;
  let stopped = false;
  let running: Promise<void> | null = null;

  function arm(): void {
    clearTimeout(handle);
    if (stopped || running || due === Number.POSITIVE_INFINITY) return;
    handle = setTimeout(wake, Math.min(LONGEST, Math.max(0, due - now())));
    handle.unref();
  }
  function wake(): void {
    if (now() < due) {
      arm();
      return;
    }
    const late = now() - due;
    due = Number.POSITIVE_INFINITY;
    running = fire(late);
  }
  async function fire(late: number): Promise<void> {
    try {
      await run(late);
    } catch (error) {
      onError(error);
      // What failed is still to be done; not at once, lest it fails in a circle.
      due = Math.min(due, now() + 30_000);
    } finally {
      running = null;
      arm();
    }
  }
  return {
    schedule(at) {
      if (at >= due) return;
      due = at;
      arm();
    },
    due: () => (running ? now() : due === Number.POSITIVE_INFINITY ? null : due),
    async settled() {
      while (!stopped && (running || due <= now())) await (running ?? new Promise((resolve) => setTimeout(resolve, 1)));
    },
    async stop() {
      stopped = true;
      clearTimeout(handle);
      await running;
    },
  };
}
