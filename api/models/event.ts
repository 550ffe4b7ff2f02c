import type { SqlValue, Statement } from '@tidemark/db/database';

interface ModelEvent {
  readonly at: number;
  readonly actor: string;
  readonly action: string;
  /** What happened; `version` names the version it happened to. */
  readonly detail?: Readonly<Record<string, unknown>>;
}

/** What happened to a model, an event of the project; where no model meets the condition (on `models`), nothing. */
export const modelEvent = (
  { at, actor, action, detail = {} }: ModelEvent,
  when: { sql: string; params: readonly SqlValue[] },
): Statement => ({
  sql: `INSERT INTO events (at, actor, type, detail)
        SELECT ?, ?, 'model', json_set(?, '$.model', models.id, '$.name', models.name) FROM models WHERE ${when.sql}`,
  params: [at, actor, JSON.stringify({ action, ...detail }), ...when.params],
});
