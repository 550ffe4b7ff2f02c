import type { SqlValue, Statement } from '@tidemark/db/database';

interface Sql {
  readonly sql: string;
  readonly params: readonly SqlValue[];
}
interface AliasChange {
  readonly aliases: readonly string[];
  /** The version that they name from now on; `models` is in scope. */
  readonly version: Sql;
  readonly at: number;
  readonly actor: string;
}

/**
 * Makes aliases name a version of the model that a condition on `models` selects, each with an event that says what it named before. The
 * second statement returns the aliases. One that names the version already stays as it is, without an event.
 */
export function moveAliases({ aliases, version, at, actor }: AliasChange, when: Sql): [Statement, Statement] {
  const named = `models JOIN json_each(?) AS named
    LEFT JOIN model_aliases AS a ON a.model_id = models.id AND a.alias = named.value`;
  const list = JSON.stringify(aliases);
  return [
    {
      sql: `INSERT INTO events (at, actor, type, detail)
            SELECT ?, ?, 'model', json_object('action', 'alias', 'model', models.id, 'name', models.name, 'alias', named.value,
              'from', a.version, 'version', ${version.sql})
            FROM ${named} WHERE ${when.sql} AND a.version IS NOT ${version.sql}`,
      params: [at, actor, ...version.params, list, ...when.params, ...version.params],
    },
    {
      sql: `INSERT INTO model_aliases (model_id, alias, version, changed_at, changed_by)
            SELECT models.id, named.value, ${version.sql},
              CASE WHEN a.version IS ${version.sql} THEN a.changed_at ELSE ? END,
              CASE WHEN a.version IS ${version.sql} THEN a.changed_by ELSE ? END
            FROM ${named} WHERE ${when.sql}
            ON CONFLICT (model_id, alias) DO UPDATE SET version = excluded.version, changed_at = excluded.changed_at,
              changed_by = excluded.changed_by
            RETURNING alias`,
      params: [...version.params, ...version.params, at, ...version.params, actor, list, ...when.params],
    },
  ];
}
