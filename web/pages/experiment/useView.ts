import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useEffect, useMemo, useRef } from 'react';
import type { Search } from '../../state/search.ts';
import { toast } from '../../state/toasts.ts';
import { readView, type View, writeView } from '../../state/view.ts';

export type SetView = (change: Partial<View>, how?: 'push' | 'replace') => void;

/** The page's view, which lives in the address alone. Drags and sliders replace; choices push, so that Back undoes them. */
export function useView(): [View, SetView] {
  const search = useSearch({ strict: false }) as Search;
  const navigate = useNavigate();
  const { view, bad } = useMemo(() => readView(search), [search]);
  const current = useRef(view);
  current.current = view;
  const complaint = bad.join(', ');
  useEffect(() => {
    if (complaint) toast(`The address holds a value that could not be understood: ${complaint}`, { error: true });
  }, [complaint]);
  const setView = useCallback<SetView>(
    (change, how = 'push') => {
      current.current = { ...current.current, ...change };
      void navigate({ to: '.', search: writeView(current.current), replace: how === 'replace' });
    },
    [navigate],
  );
  return [view, setView];
}
