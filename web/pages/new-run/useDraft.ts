import { useCallback, useState } from 'react';

export interface Draft {
  readonly text: string;
  readonly experiment: string;
  readonly name: string;
}

/** What is being written, kept through a reload of the tab; null throws it away. */
export function useDraft(id: string, initial: Draft): [Draft, (change: Partial<Draft> | null) => void] {
  const key = `tidemark.draft.${id}`;
  const [draft, set] = useState<Draft>(() => {
    try {
      const stored: unknown = JSON.parse(sessionStorage.getItem(key) ?? 'null');
      return stored && typeof stored === 'object' ? { ...initial, ...stored } : initial;
    } catch {
      return initial;
    }
  });
  const change = useCallback(
    (part: Partial<Draft> | null) => {
      if (part === null) {
        sessionStorage.removeItem(key);
        return;
      }
      set((before) => {
        const next = { ...before, ...part };
        try {
          sessionStorage.setItem(key, JSON.stringify(next));
        } catch {
          // It then lasts until the reload.
        }
        return next;
      });
    },
    [key],
  );
  return [draft, change];
}
