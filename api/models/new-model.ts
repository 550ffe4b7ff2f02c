import type { Statement } from '@tidemark/db/database';
import { modelEvent } from './event.ts';

interface NewModel {
  readonly name: string;
  readonly description: string;
  readonly at: number;
  readonly actor: string;
}

/**
 * Inserts a model of a name that none has. Its number is above every one that events name, so the history of a deleted model is
 * never another's. The first statement returns its id, or nothing where the name is taken; then nothing else is written either.
 */
export const newModel = ({ name, description, at, actor }: NewModel): [Statement, Statement] => [
  {
    sql: `INSERT INTO models (id, name, description, created_at, created_by, updated_at)
          SELECT 1 + MAX(COALESCE((SELECT MAX(id) FROM models), 0), COALESCE((SELECT detail ->> '$.model' FROM events
              WHERE type = 'model' ORDER BY detail ->> '$.model' DESC LIMIT 1), 0)), ?, ?, ?, ?, ?
          WHERE NOT EXISTS (SELECT 1 FROM models WHERE name = ?) RETURNING id`,
    params: [name, description, at, actor, at, name],
  },
  modelEvent(
    { at, actor, action: 'created' },
    {
      sql: `models.name = ? AND NOT EXISTS (SELECT 1 FROM events WHERE type = 'model' AND detail ->> '$.model' = models.id)`,
      params: [name],
    },
  ),
];
