import { useInfiniteQuery } from '@tanstack/react-query';
import type { Run } from '@tidemark/api/contract/runs';
import { useEffect, useMemo, useState } from 'react';
import { runPagesQuery } from '../../queries.ts';
import { mergeOrder } from '../../state/merge-order.ts';

export interface RunTableData {
  readonly runs: readonly Run[];
  readonly total: number;
  readonly waiting: number;
  readonly moved: boolean;
  /** Takes the order that the data has by now. */
  apply(): void;
  readonly pending: boolean;
  readonly error: Error | null;
  retry(): void;
  readonly hasMore: boolean;
  more(): void;
}

/** The table's rows: data as fresh as it comes, order as it was applied. */
export function useRunTable(experiment: number, filter: string, sort: string): RunTableData {
  const query = useInfiniteQuery(runPagesQuery({ experiment, filter, sort }));
  const key = `${experiment} ${sort} ${filter}`;
  const [applied, setApplied] = useState<{ key: string; ids: readonly string[] }>({ key: '', ids: [] });
  const pages = query.data?.pages;
  const fresh = useMemo(() => pages?.flatMap((page) => page.runs) ?? [], [pages]);
  const ids = useMemo(() => fresh.map((run) => run.id), [fresh]);
  const merged = useMemo(
    () => (applied.key === key ? mergeOrder(applied.ids, ids) : { ids, waiting: 0, moved: false }),
    [applied, key, ids],
  );
  const settled = query.isSuccess && !query.isPlaceholderData;
  useEffect(() => {
    if (!settled) return;
    setApplied((before) => {
      const next = before.key === key ? mergeOrder(before.ids, ids).ids : ids;
      const same =
        before.key === key && next.length === before.ids.length && next.every((id, i) => id === before.ids[i]);
      return same ? before : { key, ids: next };
    });
  }, [settled, key, ids]);
  const byId = useMemo(() => new Map(fresh.map((run) => [run.id, run])), [fresh]);
  const runs = useMemo(
    () => merged.ids.map((id) => byId.get(id)).filter((run): run is Run => run !== undefined),
    [merged.ids, byId],
  );
  return {
    runs,
    total: pages?.[0]?.total ?? runs.length,
    waiting: merged.waiting,
    moved: merged.moved,
    apply: () => setApplied({ key, ids }),
    pending: query.isPending,
    error: query.error,
    retry: () => void query.refetch(),
    hasMore: query.hasNextPage && !query.isFetchingNextPage,
    more: () => void query.fetchNextPage(),
  };
}
