import { experiments } from '@tidemark/db/schema/experiments';
import { eq } from 'drizzle-orm';
import type { Experiment } from '../contract/experiments.ts';
import type { Deps } from '../deps.ts';
import { notFound } from '../errors.ts';
import { experimentRows } from './rows.ts';

/** Errors: not_found. */
export async function getExperiment(deps: Deps, id: number): Promise<Experiment> {
  const [experiment] = await experimentRows(deps, eq(experiments.id, id));
  if (!experiment) throw notFound(`experiment ${id}`);
  return experiment;
}
