import { orm } from '@tidemark/db/orm';
import { datasets } from '@tidemark/db/schema/datasets';
import { and, desc, eq } from 'drizzle-orm';
import type { Dataset } from '../contract/datasets.ts';
import type { Deps } from '../deps.ts';
import { notFound } from '../errors.ts';
import { datasetFields, toDataset } from './rows.ts';

/** `name@3`, or `name` for its newest ready version. Errors: not_found. */
export async function findDataset(deps: Deps, ref: string): Promise<Dataset> {
  const [name = '', version] = ref.split('@');
  const which = version === undefined ? eq(datasets.state, 'ready') : eq(datasets.version, Number(version));
  const row = await orm(deps.db)
    .select(datasetFields)
    .from(datasets)
    .where(and(eq(datasets.name, name), which))
    .orderBy(desc(datasets.version))
    .limit(1)
    .get();
  if (!row) throw notFound(version === undefined ? `dataset ${name} with a ready version` : `dataset ${ref}`);
  return toDataset(row);
}
