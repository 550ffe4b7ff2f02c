import type { Row } from '@tidemark/db/database';
import type { Deps } from '../deps.ts';
import { notFound } from '../errors.ts';

export interface Import extends Row {
  id: string;
  state: 'open' | 'done';
  manifest: string;
  renamed: number;
  next_page: number;
}

/** Errors: not_found. */
export async function findImport(deps: Deps, id: string): Promise<Import> {
  const [row] = await deps.db.all<Import>('SELECT id, state, manifest, renamed, next_page FROM imports WHERE id = ?', [
    id,
  ]);
  if (!row) throw notFound(`import ${id}; it is begun first`);
  return row;
}

export const stateOf = ({ id, state, next_page }: Import) => ({ id, state, nextPage: next_page });
