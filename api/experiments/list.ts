import type { Experiment } from '../contract/experiments.ts';
import type { Deps } from '../deps.ts';
import { experimentRows } from './rows.ts';

/** All experiments, the most recently active first; the archived ones only when asked for, or by name. */
export function listExperiments(
  deps: Deps,
  { archived, name }: { archived?: boolean | undefined; name?: string | undefined },
): Promise<Experiment[]> {
  if (name !== undefined) return experimentRows(deps, { sql: 'name = ?', params: [name] });
  return experimentRows(deps, { sql: archived ? 'archived_at IS NOT NULL' : 'archived_at IS NULL', params: [] });
}
