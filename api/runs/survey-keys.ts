import type { Row } from '@tidemark/db/database';
import type { Deps } from '../deps.ts';
import { KEY_SOURCES, type KeyKind } from './key-sources.ts';

/** Values that are looked at in one step. */
const VALUES_AT_ONCE = 100_000;
const KEYS_AT_ONCE = 500;

/**
 * Takes another sample for keys of the catalogue whose sample's last run went (and for all of them after the migration that made it), so
 * that reading whether they vary need not look at every value. Answers whether some are left.
 */
export async function surveyKeys({ db }: Deps): Promise<boolean> {
  const unsure = await db.all<Row & { experiment_id: number; kind: KeyKind; key: string; runs: number }>(
    `SELECT experiment_id, kind, key, runs FROM keys WHERE same = 0 AND runs > 0 LIMIT ${KEYS_AT_ONCE + 1}`,
  );
  let values = 0;
  let done = 0;
  for (const { experiment_id, kind, key, runs } of unsure.slice(0, KEYS_AT_ONCE)) {
    values += runs;
    if (done > 0 && values > VALUES_AT_ONCE) break;
    const { table, kind: kinds, value } = KEY_SOURCES[kind];
    const mine = `FROM ${table} AS found CROSS JOIN runs ON runs.id = found.run
      WHERE found.key = keys.key AND runs.experiment_id = keys.experiment_id AND runs.deleted_at IS NULL`;
    const those = 'WHERE experiment_id = ? AND kind = ? AND key = ? AND same = 0';
    await db.batch([
      {
        sql: `UPDATE keys SET (sample_kind, sample) = (SELECT ${kinds}, ${value} ${mine} LIMIT 1) ${those}`,
        params: [experiment_id, kind, key],
      },
      {
        sql: `UPDATE keys SET (runs, same) = (SELECT COUNT(*), SUM(found.${value} IS keys.sample AND ${kinds} IS keys.sample_kind) ${mine}) ${those}`,
        params: [experiment_id, kind, key],
      },
    ]);
    done++;
  }
  return done < unsure.length;
}
