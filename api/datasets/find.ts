import type { Dataset } from '../contract/datasets.ts';
import type { Deps } from '../deps.ts';
import { notFound } from '../errors.ts';
import { DATASET_COLUMNS, type DatasetRow, toDataset } from './rows.ts';

/** `name@3`, or `name` for its newest ready version. Errors: not_found. */
export async function findDataset(deps: Deps, ref: string): Promise<Dataset> {
  const [name = '', version] = ref.split('@');
  const [row] = await deps.db.all<DatasetRow>(
    version === undefined
      ? `SELECT ${DATASET_COLUMNS} FROM datasets WHERE name = ? AND state = 'ready' ORDER BY version DESC LIMIT 1`
      : `SELECT ${DATASET_COLUMNS} FROM datasets WHERE name = ? AND version = ?`,
    version === undefined ? [name] : [name, Number(version)],
  );
  if (!row) throw notFound(version === undefined ? `dataset ${name} with a ready version` : `dataset ${ref}`);
  return toDataset(row);
}
