import type { Statement } from '@tidemark/db/database';
import { orm } from '@tidemark/db/orm';
import { datasets } from '@tidemark/db/schema/datasets';
import { and, eq } from 'drizzle-orm';
import type { Dataset } from '../contract/datasets.ts';
import type { Deps, Principal } from '../deps.ts';
import { projectEvent } from '../event.ts';
import { FILES_PER_PART, type File, manifestOf } from './manifest.ts';
import { type Missing, missingOf } from './missing.ts';
import { datasetFields, toDataset } from './rows.ts';

interface NewDataset {
  readonly name: string;
  readonly files: readonly File[];
}

/** Registers a version; the same files again are the version that has them. Errors: invalid_request. */
export async function createDataset(
  deps: Deps,
  principal: Principal,
  given: NewDataset,
): Promise<{ dataset: Dataset } & Missing> {
  const { name } = given;
  const { files, digest, size, folders } = await manifestOf(given.files);
  const now = deps.now();
  const same = 'name = ? AND digest = ?';
  const ours = `(SELECT id FROM datasets WHERE ${same})`;
  const parts: Statement[] = [];
  for (let first = 0; first < files.length; first += FILES_PER_PART) {
    const data = files.slice(first, first + FILES_PER_PART).map((file) => [file.path, file.digest, file.size]);
    parts.push({
      sql: `INSERT INTO dataset_parts (dataset_id, part, data) VALUES (${ours}, ?, ?) ON CONFLICT (dataset_id, part) DO NOTHING`,
      params: [name, digest, first / FILES_PER_PART, JSON.stringify(data)],
    });
  }
  const [created] = await deps.db.batch([
    {
      sql: `INSERT INTO datasets (name, version, digest, state, files, size, folders, created_at)
            SELECT ?, 1 + COALESCE((SELECT MAX(version) FROM datasets WHERE name = ?), 0), ?, 'uploading', ?, ?, ?, ?
            WHERE NOT EXISTS (SELECT 1 FROM datasets WHERE ${same}) RETURNING id`,
      params: [name, name, digest, files.length, size, JSON.stringify(folders), now, name, digest],
    },
    ...parts,
  ]);
  const row = await orm(deps.db)
    .select(datasetFields)
    .from(datasets)
    .where(and(eq(datasets.name, name), eq(datasets.digest, digest)))
    .get();
  const dataset = toDataset(row!);
  if (created!.length > 0) {
    const detail = { name, version: dataset.version, state: 'uploading' };
    await deps.db.batch([projectEvent({ at: now, actor: principal.name, type: 'dataset', detail })]);
    deps.signals.publish('changes');
  }
  return { dataset, ...(await missingOf(deps, dataset.id)) };
}
