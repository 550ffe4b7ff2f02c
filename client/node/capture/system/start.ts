import { SystemSampler } from './sampler.ts';
import type { SystemSources } from './sources.ts';

export const SAMPLE_MS = 15_000;

export interface Sampling {
  readonly sources: SystemSources;
  /** Milliseconds. */
  readonly monotonic: () => number;
  readonly emit: (values: Record<string, number>) => void;
  readonly everyMs?: number;
}

/** Samples a machine every 15 s until it is stopped; never two at a time, and never keeping the process alive. @returns what stops it */
export function startSampling({ sources, monotonic, emit, everyMs = SAMPLE_MS }: Sampling): () => void {
  const sampler = new SystemSampler(sources, monotonic);
  let stopped = false;
  let busy = false;
  const look = async (first: boolean): Promise<void> => {
    if (busy || stopped) return;
    busy = true;
    const values = await sampler.sample().finally(() => {
      busy = false;
    });
    if (!stopped && !first && Object.keys(values).length > 0) emit(values);
  };
  // Rates need something to count from.
  void look(true);
  const timer = setInterval(() => void look(false), everyMs).unref();
  return () => {
    stopped = true;
    clearInterval(timer);
  };
}
