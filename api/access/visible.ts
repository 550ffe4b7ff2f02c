import type { Deps, Principal } from '../deps.ts';
import { restrictedTo } from './restricted.ts';

/** What a principal may read: everything, or, for a token that is restricted, a database that holds its experiments only. */
export const visibleTo = (deps: Deps, { experiments }: Principal): Deps =>
  experiments ? { ...deps, db: restrictedTo(deps.db, experiments) } : deps;
