import { datasets } from '@tidemark/db/schema/datasets';
import { sql } from 'drizzle-orm';
import type { Dataset } from '../contract/datasets.ts';

type DatasetRow = Omit<Dataset, 'folders'> & { folders: string };

/** What a dataset's wire form is made of. */
export const datasetFields = {
  id: datasets.id,
  name: datasets.name,
  version: datasets.version,
  digest: datasets.digest,
  state: datasets.state,
  files: datasets.files,
  size: datasets.size,
  createdAt: datasets.created_at,
  folders: datasets.folders,
  // Runs name a dataset in their config, as `name@3` once they are registered.
  runs: sql<number>`(SELECT COUNT(*) FROM params
    WHERE params.key = 'data.dataset' AND params.value = datasets.name || '@' || datasets.version)`,
};

export const toDataset = (row: DatasetRow): Dataset => ({
  ...row,
  folders: JSON.parse(row.folders) as Record<string, number>,
});
