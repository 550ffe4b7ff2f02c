import { orm } from '@tidemark/db/orm';
import { weights } from '@tidemark/db/schema/weights';
import { eq } from 'drizzle-orm';
import type { Weights } from '../contract/weights.ts';
import type { Deps } from '../deps.ts';
import { notFound } from '../errors.ts';
import { type Shapes, toWeights, weightsFields } from './rows.ts';

/** Registered weights by name. Errors: not_found. */
export async function findWeights(deps: Deps, name: string): Promise<Weights & { shapes: Shapes }> {
  const row = await orm(deps.db).select(weightsFields).from(weights).where(eq(weights.name, name)).get();
  if (!row) throw notFound(`entry ${name} among the weights`);
  return toWeights(row);
}
