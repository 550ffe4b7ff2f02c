import type { Row } from '@tidemark/db/database';
import type { Deps } from '../deps.ts';
import type { Scope } from './fields.ts';

/** Runs whose monitors are looked at: the newest. */
const RUNS = 100;

/**
 * What a request's texts are understood with. A metric's direction is the experiment's where it is its primary metric, else that of
 * the newest run whose checkpoints are kept by it, else its name's.
 */
export async function scopeOf(
  deps: Deps,
  experiment: number | undefined,
  texts: (string | undefined)[],
): Promise<Scope> {
  const now = deps.now();
  if (!texts.some((text) => text?.includes('.best'))) return { now, directions: new Map() };
  const one = experiment !== undefined;
  const [primary, monitors] = (await deps.db.batch([
    {
      sql: `SELECT primary_key AS key, primary_mode AS mode FROM experiments
            WHERE primary_key IS NOT NULL ${one ? 'AND id = ?' : ''} ORDER BY id DESC LIMIT 1000`,
      params: one ? [experiment] : [],
    },
    {
      sql: `SELECT monitor_key AS key, monitor_mode AS mode FROM (SELECT * FROM runs ${
        one ? 'WHERE experiment_id = ? ORDER BY ordinal DESC' : 'ORDER BY created_at DESC'
      } LIMIT ${RUNS}) WHERE monitor_key IS NOT NULL`,
      params: one ? [experiment] : [],
    },
  ])) as [Row[], Row[]];
  // The last of equal keys wins in a Map.
  const found = [...primary, ...monitors].reverse();
  return { now, directions: new Map(found.map(({ key, mode }) => [String(key), mode === 'min' ? 'min' : 'max'])) };
}
