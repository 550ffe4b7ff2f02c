import type { SqlValue, Statement } from '@tidemark/db/database';

/** Sets and (null) removes tags of the version of one model (0: of the model itself) that a condition on `models` selects. */
export function changeTags(
  tags: Readonly<Record<string, string | null>>,
  version: number,
  when: { sql: string; params: readonly SqlValue[] },
): Statement[] {
  const entries = Object.entries(tags);
  const set = JSON.stringify(entries.filter(([, value]) => value !== null));
  const gone = JSON.stringify(entries.filter(([, value]) => value === null).map(([key]) => key));
  return [
    {
      sql: `INSERT INTO model_tags (model_id, version, key, value)
            SELECT models.id, ?, tag.value ->> 0, tag.value ->> 1 FROM models, json_each(?) AS tag WHERE ${when.sql}
            ON CONFLICT (model_id, version, key) DO UPDATE SET value = excluded.value`,
      params: [version, set, ...when.params],
    },
    {
      sql: `DELETE FROM model_tags WHERE model_id = (SELECT models.id FROM models WHERE ${when.sql}) AND version = ?
              AND key IN (SELECT value FROM json_each(?))`,
      params: [...when.params, version, gone],
    },
  ];
}
