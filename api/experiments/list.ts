import { experiments } from '@tidemark/db/schema/experiments';
import { eq, isNotNull, isNull } from 'drizzle-orm';
import type { Experiment } from '../contract/experiments.ts';
import type { Deps } from '../deps.ts';
import { experimentRows } from './rows.ts';

/** All experiments, the most recently active first; the archived ones only when asked for, or by name. */
export function listExperiments(
  deps: Deps,
  { archived, name }: { archived?: boolean | undefined; name?: string | undefined },
): Promise<Experiment[]> {
  if (name !== undefined) return experimentRows(deps, eq(experiments.name, name));
  return experimentRows(deps, (archived ? isNotNull : isNull)(experiments.archived_at));
}
