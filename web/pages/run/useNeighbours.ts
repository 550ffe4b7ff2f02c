import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import type { RunDetail } from '@tidemark/api/contract/runs';
import { useEffect } from 'react';
import { runsQuery } from '../../queries.ts';
import { singleKeys, typing } from '../../state/keys.ts';

export interface Neighbours {
  readonly position: number;
  readonly count: number;
  go(by: 1 | -1): void;
}

/** The runs before and after this one in its experiment, newest first; `J` and `K` go there and stay on the tab. */
export function useNeighbours(run: RunDetail | undefined, tab: string | undefined): Neighbours | null {
  const list = useQuery({
    ...runsQuery({ experiment: run?.experimentId ?? 0, sort: '-created', limit: 200 }),
    enabled: run !== undefined,
  });
  const navigate = useNavigate();
  const runs = list.data?.runs ?? [];
  const position = runs.findIndex((one) => one.id === run?.id);
  const go = (by: 1 | -1): void => {
    const next = runs[position + by];
    if (position < 0 || !next) return;
    void (tab
      ? navigate({ to: '/r/$run/$tab', params: { run: next.id, tab } })
      : navigate({ to: '/r/$run', params: { run: next.id } }));
  };
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (!singleKeys.get() || typing(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === 'j') go(1);
      else if (event.key === 'k') go(-1);
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  });
  return position < 0 || runs.length < 2 ? null : { position, count: runs.length, go };
}
