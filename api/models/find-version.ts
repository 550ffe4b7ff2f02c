import type { Row, SqlValue } from '@tidemark/db/database';
import type { ModelVersion } from '../contract/models.ts';
import type { Deps } from '../deps.ts';
import { notFound } from '../errors.ts';
import { findModel } from './find.ts';
import { toVersion, VERSION } from './rows.ts';

export interface FoundVersion {
  readonly modelId: number;
  readonly version: ModelVersion;
  readonly config: Record<string, unknown> | null;
}

/** A version by number (`3`), alias (`@champion`) or `latest`, the newest that is ready. Errors: not_found. */
export async function findVersion(deps: Deps, name: string, ref: string): Promise<FoundVersion> {
  const [condition, params]: [string, SqlValue[]] =
    ref === 'latest'
      ? ["v.status = 'ready'", []]
      : ref.startsWith('@')
        ? [
            'v.version = (SELECT version FROM model_aliases AS b WHERE b.model_id = models.id AND b.alias = ?)',
            [ref.slice(1)],
          ]
        : ['v.version = ?', [Number(ref)]];
  const [row] = await deps.db.all<Row & { config: string | null; model_id: number }>(
    `SELECT ${VERSION}, v.config FROM models JOIN model_versions AS v ON v.model_id = models.id
     WHERE models.name = ? AND ${condition} ORDER BY v.version DESC LIMIT 1`,
    [name, ...params],
  );
  if (!row) {
    const { aliases } = await findModel(deps, name);
    if (ref === 'latest') throw notFound(`version of ${name} that is ready`);
    if (!ref.startsWith('@')) throw notFound(`version ${ref} of ${name}`);
    const others = aliases.map(({ alias }) => `@${alias}`).join(', ');
    throw notFound(`alias ${ref} of ${name}${others === '' ? '; it has none' : `; it has ${others}`}`);
  }
  return {
    modelId: row.model_id,
    version: toVersion(row),
    config: row.config === null ? null : (JSON.parse(row.config) as Record<string, unknown>),
  };
}
