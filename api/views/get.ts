import type { views } from '@tidemark/db/schema/views';
import type { View } from '../contract/views.ts';
import type { Deps } from '../deps.ts';
import { notFound } from '../errors.ts';
import { viewOf } from './rows.ts';

/** Errors: not_found. */
export async function getView({ db }: Deps, id: number): Promise<View> {
  const [row] = await db.all<typeof views.$inferSelect>('SELECT * FROM views WHERE id = ?', [id]);
  if (!row) throw notFound(`view ${id}`);
  return viewOf(row);
}
