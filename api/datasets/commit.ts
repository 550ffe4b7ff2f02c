import { orm } from '@tidemark/db/orm';
import { datasets } from '@tidemark/db/schema/datasets';
import { eq } from 'drizzle-orm';
import type { Dataset } from '../contract/datasets.ts';
import type { Deps, Principal } from '../deps.ts';
import { projectEvent } from '../event.ts';
import { findDataset } from './find.ts';
import { type Missing, missingOf } from './missing.ts';

/** Makes a version ready once nothing is missing. Again is success. Errors: not_found, conflict. */
export async function commitDataset(
  deps: Deps,
  principal: Principal,
  ref: string,
): Promise<{ dataset: Dataset } & Missing> {
  const dataset = await findDataset(deps, ref);
  if (dataset.state === 'ready') return { dataset, missing: [], missingCount: 0 };
  const lacking = await missingOf(deps, dataset.id);
  if (lacking.missingCount > 0) return { dataset, ...lacking };
  const { name, version } = dataset;
  const db = orm(deps.db);
  await db.batch([
    db.update(datasets).set({ state: 'ready' }).where(eq(datasets.id, dataset.id)),
    projectEvent({
      at: deps.now(),
      actor: principal.name,
      type: 'dataset',
      detail: { name, version, state: 'ready' },
    }),
  ]);
  deps.signals.publish('changes');
  return { dataset: { ...dataset, state: 'ready' }, ...lacking };
}
