import { orm } from '@tidemark/db/orm';
import { datasets } from '@tidemark/db/schema/datasets';
import { desc, eq } from 'drizzle-orm';
import type { Dataset } from '../contract/datasets.ts';
import type { Deps } from '../deps.ts';
import { datasetFields, toDataset } from './rows.ts';

/** Newest version first. */
export async function listDatasets(deps: Deps, name?: string): Promise<Dataset[]> {
  const named = name === undefined ? undefined : eq(datasets.name, name);
  const all = orm(deps.db).select(datasetFields).from(datasets);
  const rows = await all.where(named).orderBy(desc(datasets.id)).limit(1000);
  return rows.map(toDataset);
}
