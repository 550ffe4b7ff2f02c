import type { Row } from '@tidemark/db/database';
import type { Deps } from '../deps.ts';
import { familyOf } from './family.ts';

const AT_ONCE = 100;

/** Gives runs that were registered before groups were, or whose given group was taken away, the group of their params; whether some are left. */
export async function fillFamilies({ db }: Deps, only?: string): Promise<boolean> {
  const runs = await db.all<Row & { id: string; origin: 'config' | 'sdk' }>(
    `SELECT id, origin FROM runs WHERE family IS NULL ${only === undefined ? '' : 'AND id = ?'} LIMIT ${AT_ONCE}`,
    only === undefined ? [] : [only],
  );
  if (runs.length === 0) return false;
  const params = await db.all(
    'SELECT run, key, kind, value FROM params WHERE run IN (SELECT value FROM json_each(?))',
    [JSON.stringify(runs.map(({ id }) => id))],
  );
  const byRun = new Map<string, [string, string | number | boolean | null][]>();
  for (const { run, key, kind, value } of params) {
    const mine = byRun.get(String(run)) ?? [];
    mine.push([String(key), kind === 'boolean' ? value === 1 : (value as string | number | null)]);
    byRun.set(String(run), mine);
  }
  const families = await Promise.all(
    runs.map(async (run) => [run.id, await familyOf(run, Object.fromEntries(byRun.get(run.id) ?? []))]),
  );
  await db.all(
    `UPDATE runs SET family = (SELECT value FROM json_each(?) WHERE key = runs.id)
     WHERE id IN (SELECT key FROM json_each(?)) AND family IS NULL`,
    [JSON.stringify(Object.fromEntries(families)), JSON.stringify(Object.fromEntries(families))],
  );
  return runs.length === AT_ONCE;
}
