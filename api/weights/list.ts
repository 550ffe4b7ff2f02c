import { orm } from '@tidemark/db/orm';
import { weights } from '@tidemark/db/schema/weights';
import type { Weights } from '../contract/weights.ts';
import type { Deps } from '../deps.ts';
import { toWeights, weightsFields } from './rows.ts';

/** By name. */
export async function listWeights(deps: Deps): Promise<Weights[]> {
  const rows = await orm(deps.db).select(weightsFields).from(weights).orderBy(weights.name).limit(1000);
  return rows.map((row) => {
    const { shapes: _, ...entry } = toWeights(row);
    return entry;
  });
}
