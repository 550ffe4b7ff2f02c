import { isMinimised } from '../monitor.ts';

/** What a callback watches, by Keras's names. */
export interface Watched {
  monitor: string;
  mode: 'auto' | 'min' | 'max';
  min_delta: number;
}

/** Whether a value is better than another by more than `min_delta`, as Keras's callbacks ask. A NaN is never better, not even than nothing. */
export function improves({ monitor, mode, min_delta }: Watched, value: number, best: number | null): boolean {
  if (Number.isNaN(value)) return false;
  if (best === null) return true;
  return isMinimised(monitor, mode) ? value + min_delta < best : value - min_delta > best;
}
