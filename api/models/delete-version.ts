import { scheduleSweep, sweepWanted } from '../blobs/sweep.ts';
import type { Deps, Principal } from '../deps.ts';
import { ApiError } from '../errors.ts';
import { modelEvent } from './event.ts';
import { findVersion } from './find-version.ts';

/** Deletes a version; while an alias names it, only if the alias may go too. Errors: not_found, conflict. */
export async function deleteModelVersion(
  deps: Deps,
  principal: Principal,
  { name, ref, aliases }: { name: string; ref: string; aliases: 'keep' | 'remove' },
): Promise<void> {
  const { modelId, version: found } = await findVersion(deps, name, ref);
  const { version } = found;
  const now = deps.now();
  const own = 'model_id = ? AND version = ?';
  const params = [modelId, version];
  const gone = `${own} AND NOT EXISTS (SELECT 1 FROM model_versions WHERE ${own})`;
  const results = await deps.db.batch([
    { sql: `DELETE FROM model_aliases WHERE ${own} AND ? = 'remove'`, params: [...params, aliases] },
    {
      sql: `DELETE FROM model_versions WHERE ${own} AND NOT EXISTS (SELECT 1 FROM model_aliases WHERE ${own}) RETURNING version`,
      params: [...params, ...params],
    },
    { sql: `DELETE FROM model_files WHERE ${gone}`, params: [...params, ...params] },
    { sql: `DELETE FROM model_tags WHERE ${gone}`, params: [...params, ...params] },
    modelEvent(
      { at: now, actor: principal.name, action: 'version_deleted', detail: { version, source: found.source } },
      {
        sql: `models.id = ? AND NOT EXISTS (SELECT 1 FROM model_versions WHERE ${own})`,
        params: [modelId, ...params],
      },
    ),
    { sql: 'UPDATE models SET updated_at = ? WHERE id = ?', params: [now, modelId] },
    sweepWanted(now),
  ]);
  if (results[1]!.length === 0) {
    const named = (await findVersion(deps, name, String(version))).version.aliases.map((alias) => `@${alias}`);
    throw new ApiError('conflict', `Version ${version} of ${name} is named by ${named.join(', ')}.`, {
      hint: 'Make the alias name another version first, or say that it may go too: ?aliases=remove.',
    });
  }
  scheduleSweep(deps);
  deps.signals.publish('changes');
}
