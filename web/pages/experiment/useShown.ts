import { useQueries } from '@tanstack/react-query';
import { listRuns, type Run } from '@tidemark/api/contract/runs';
import { useMemo } from 'react';
import { api } from '../../api.ts';
import type { Shown } from '../../state/view.ts';

export interface ShownRuns {
  /** By ordinal, so that hiding one never reorders the others. */
  readonly runs: readonly Run[];
  readonly ids: ReadonlySet<string>;
  /** Shown, but not in the table as it is filtered. */
  readonly outside: number;
}

/** The runs with the eye on: from the table where they are loaded, else read by their ordinals. */
export function useShown(experiment: number, show: Shown, table: readonly Run[]): ShownRuns {
  const loaded = useMemo(() => new Map(table.map((run) => [run.ordinal, run])), [table]);
  const wanted = 'auto' in show ? table.slice(0, show.auto).map((run) => run.ordinal) : show.ordinals;
  const missing = wanted.filter((ordinal) => !loaded.has(ordinal)).slice(0, 100);
  const others = useQueries({
    queries: missing.map((ordinal) => ({
      queryKey: ['runs', { experiment, ordinal }],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        api.call(listRuns, { query: { experiment, ordinal, limit: 1 } }, { signal }),
    })),
    combine: (results) => results.flatMap((result) => result.data?.runs ?? []),
  });
  const key = wanted.join();
  return useMemo(() => {
    const found = [...key.split(',').flatMap((ordinal) => loaded.get(Number(ordinal)) ?? []), ...others];
    const runs = found.sort((a, b) => a.ordinal - b.ordinal);
    return { runs, ids: new Set(runs.map((run) => run.id)), outside: others.length };
  }, [key, loaded, others]);
}
