import { useEffect } from 'react';
import { createStore } from './store.ts';

export interface Crumb {
  readonly label: string;
  readonly to?: string;
  /** Styles the crumb of a run with its stroke. */
  readonly ordinal?: number;
}

/** Where the page is, for the top bar. */
export const crumbs = createStore<readonly Crumb[]>([]);

/** The experiment the page is in: a new run begins there. Empty elsewhere. */
export const pageExperiment = createStore<string>('');

/** A page says its title and its place. */
export function usePage(title: string, path: readonly Crumb[], experiment = ''): void {
  const key = JSON.stringify(path);
  useEffect(() => {
    document.title = title ? `${title} · Tidemark` : 'Tidemark';
  }, [title]);
  useEffect(() => {
    crumbs.set(JSON.parse(key) as Crumb[]);
  }, [key]);
  useEffect(() => {
    pageExperiment.set(experiment);
    return () => pageExperiment.set('');
  }, [experiment]);
}
