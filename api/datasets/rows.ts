import type { Dataset } from '../contract/datasets.ts';

export type DatasetRow = {
  id: number;
  name: string;
  version: number;
  digest: string;
  state: Dataset['state'];
  files: number;
  size: number;
  folders: string;
  created_at: number;
  runs: number;
};

/** Runs name a dataset in their config, as `name@3` once they are registered. */
export const DATASET_COLUMNS = `id, name, version, digest, state, files, size, folders, created_at,
  (SELECT COUNT(*) FROM params WHERE params.key = 'data.dataset' AND params.value = datasets.name || '@' || datasets.version) AS runs`;

export const toDataset = (row: DatasetRow): Dataset => ({
  id: row.id,
  name: row.name,
  version: row.version,
  digest: row.digest,
  state: row.state,
  files: row.files,
  size: row.size,
  createdAt: row.created_at,
  folders: JSON.parse(row.folders) as Record<string, number>,
  runs: row.runs,
});
