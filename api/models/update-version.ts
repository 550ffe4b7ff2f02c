import type { Statement } from '@tidemark/db/database';
import type * as z from 'zod';
import type { ModelVersion, updateModelVersion as route } from '../contract/models.ts';
import type { Deps, Principal } from '../deps.ts';
import { modelEvent } from './event.ts';
import { findVersion } from './find-version.ts';
import { changeTags } from './tags.ts';

/** Describes and tags a version, or moves it to a stage. Errors: not_found. */
export async function updateModelVersion(
  deps: Deps,
  principal: Principal,
  { name, ref, changes }: { name: string; ref: string; changes: z.output<typeof route.body> },
): Promise<ModelVersion> {
  const { modelId, version: before } = await findVersion(deps, name, ref);
  const { version } = before;
  const { description, tags, stage } = changes;
  const now = deps.now();
  const when = {
    sql: 'models.id = ? AND EXISTS (SELECT 1 FROM model_versions WHERE model_id = models.id AND version = ?)',
    params: [modelId, version],
  };
  const said = (action: string, detail: Record<string, unknown> = {}): Statement =>
    modelEvent({ at: now, actor: principal.name, action, detail: { version, ...detail } }, when);
  const statements: Statement[] = [];
  if (tags) statements.push(...changeTags(tags, version, when), said('version_tagged', { tags }));
  if (description !== undefined && description !== before.description) statements.push(said('version_described'));
  if (stage !== undefined && stage !== before.stage) statements.push(said('stage', { from: before.stage, to: stage }));
  if (statements.length === 0) return before;
  await deps.db.batch([
    ...statements,
    {
      sql: `UPDATE model_versions SET description = COALESCE(?, description), stage = COALESCE(?, stage), updated_at = ?
            WHERE model_id = ? AND version = ?`,
      params: [description ?? null, stage ?? null, now, modelId, version],
    },
    { sql: 'UPDATE models SET updated_at = ? WHERE id = ?', params: [now, modelId] },
  ]);
  deps.signals.publish('changes');
  return (await findVersion(deps, name, String(version))).version;
}
