import type { Run } from '@tidemark/api/contract/runs';
import { useMemo } from 'react';
import { bestOf, type Metric } from '../../state/primary.ts';
import type { ShownRuns } from './useShown.ts';
import type { SetView } from './useView.ts';

export interface ShowActions {
  show(runs: readonly Run[], on: boolean): void;
  exactly(runs: readonly Run[]): void;
  auto(count: number): void;
  /** The ten best of the loaded rows by a metric. */
  best(metric: Metric | null): void;
}

/** Any click on an eye makes the set explicit. */
export function useShowActions(shown: ShownRuns, table: readonly Run[], setView: SetView): ShowActions {
  return useMemo(() => {
    const exactly = (runs: readonly Run[]): void =>
      setView({ show: { ordinals: runs.map((run) => run.ordinal).sort((a, b) => a - b) } });
    return {
      exactly,
      auto: (count) => setView({ show: { auto: count } }),
      show(runs, on) {
        const changed = new Set(runs.map((run) => run.id));
        const others = shown.runs.filter((run) => !changed.has(run.id));
        exactly(on ? [...others, ...runs] : others);
      },
      best(metric) {
        if (!metric) return setView({ show: { auto: 10 } });
        const ranked = table
          .map((run) => ({ run, best: bestOf(run, metric) }))
          .filter((entry): entry is { run: Run; best: { value: number; step: number } } => entry.best !== null)
          .sort((a, b) => (metric.mode === 'max' ? b.best.value - a.best.value : a.best.value - b.best.value));
        exactly((ranked.length > 0 ? ranked.map((entry) => entry.run) : table).slice(0, 10));
      },
    };
  }, [shown, table, setView]);
}
