import type { Run } from '../contract/runs.ts';
import type { Deps } from '../deps.ts';
import { readMetrics } from '../metrics/read.ts';

export const SPARK_BUCKETS = 24;
/** What one read of metrics takes. */
const RUNS_AT_ONCE = 200;

/** The runs with one metric's course over steps in at most 24 buckets of the page's one grid; null where it was not logged. */
export async function withSparks(deps: Deps, runs: readonly Run[], key: string): Promise<Run[]> {
  const sparks = new Map<string, NonNullable<Run['spark']>>();
  for (let start = 0; start < runs.length; start += RUNS_AT_ONCE) {
    const some = runs.slice(start, start + RUNS_AT_ONCE).map(({ id }) => id);
    const { series } = await readMetrics(deps, { runs: some, keys: [key], points: SPARK_BUCKETS, axis: 'step' });
    for (const { run, step, value } of series) sparks.set(run, { key, step, value });
  }
  return runs.map((run) => ({ ...run, spark: sparks.get(run.id) ?? null }));
}
