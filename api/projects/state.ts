import { type Database, originOf, type Row } from '@tidemark/db/database';
import type { Deps } from '../deps.ts';

export interface State {
  readonly title: string;
  readonly archivedAt: number | null;
}

/** Read once: nobody else writes a project's database while it is open here. */
const known = new WeakMap<Database, State>();

/** Whether the project is archived, and its title. */
export async function projectState({ db }: Pick<Deps, 'db'>): Promise<State> {
  const state = known.get(originOf(db));
  if (state) return state;
  const [row] = await db.all<Row & { title: string; archived_at: number | null }>(
    'SELECT title, archived_at FROM project WHERE id = 1',
  );
  const read = { title: row?.title ?? '', archivedAt: row?.archived_at ?? null };
  known.set(originOf(db), read);
  return read;
}

/** After it changed. */
export const forgetState = ({ db }: Pick<Deps, 'db'>): void => void known.delete(originOf(db));
