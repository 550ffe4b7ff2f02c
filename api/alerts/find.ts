import type { Alert } from '../contract/alerts.ts';
import type { Deps } from '../deps.ts';
import { notFound } from '../errors.ts';
import { ALERT, toAlert } from './rows.ts';

/** Errors: not_found. */
export async function findAlert(deps: Deps, id: number): Promise<Alert> {
  const [row] = await deps.db.all(`SELECT ${ALERT} WHERE alerts.id = ?`, [id]);
  if (!row) throw notFound(`alert ${id}`);
  return toAlert(row);
}
