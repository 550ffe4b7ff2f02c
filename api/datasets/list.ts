import type { Dataset } from '../contract/datasets.ts';
import type { Deps } from '../deps.ts';
import { DATASET_COLUMNS, type DatasetRow, toDataset } from './rows.ts';

/** Newest version first. */
export async function listDatasets(deps: Deps, name?: string): Promise<Dataset[]> {
  const rows = await deps.db.all<DatasetRow>(
    `SELECT ${DATASET_COLUMNS} FROM datasets WHERE ? IS NULL OR name = ? ORDER BY id DESC LIMIT 1000`,
    [name ?? null, name ?? null],
  );
  return rows.map(toDataset);
}
