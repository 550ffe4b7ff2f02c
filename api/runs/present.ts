import type { Database, Row, Statement } from '@tidemark/db/database';
import type { runs } from '@tidemark/db/schema/runs';
import type { MetricSummary, Progress, Run } from '../contract/runs.ts';
import { type CompactSummary, presentSummary, type Summaries } from '../metrics/summary.ts';
import type { Columns } from '../search/columns.ts';

type RunRow = typeof runs.$inferSelect & {
  experiment: string;
  primary_key: string | null;
  primary_mode: 'min' | 'max' | null;
  monitor_mode: 'min' | 'max' | null;
  worker_name: string | null;
  live_progress: string | null;
  summary: string | null;
  children: number;
};

/**
 * Runs as the wire shows them, in the order of the ids; an unknown id is left out. With `columns` they hold these params, metrics and
 * tags only. `waits` is for the queue's verb to fill in.
 */
export async function presentRuns(db: Database, ids: readonly string[], columns?: Columns): Promise<Run[]> {
  if (ids.length === 0) return [];
  const list = JSON.stringify(ids);
  const wanted = 'IN (SELECT value FROM json_each(?))';
  const keyed = (what: string, table: string, keys: ReadonlySet<string> | undefined): Statement =>
    keys === undefined
      ? { sql: `SELECT ${what} FROM ${table} AS found WHERE run ${wanted}`, params: [list] }
      : {
          // A run may have thousands of keys: the few are looked up, not picked from all.
          sql: `SELECT ${what} FROM json_each(?) AS ids CROSS JOIN json_each(?) AS keys
                CROSS JOIN ${table} AS found ON found.run = ids.value AND found.key = keys.value`,
          params: [list, JSON.stringify([...keys])],
        };
  const summary = 'run, key, count, last, last_step, min, min_step, max, max_step';
  const [rows, params, tags, series, marks = []] = (await db.batch([
    {
      sql: `SELECT runs.*, experiments.name AS experiment, experiments.primary_key, experiments.primary_mode,
              live.progress AS live_progress, live.summary, workers.name AS worker_name,
              (SELECT COUNT(*) FROM runs AS child WHERE child.parent = runs.id AND child.deleted_at IS NULL) AS children
            FROM runs JOIN experiments ON experiments.id = runs.experiment_id
            LEFT JOIN live ON live.run = runs.id LEFT JOIN workers ON workers.id = runs.worker
            WHERE runs.id ${wanted}`,
      params: [list],
    },
    keyed('run, found.key, kind, found.value', 'params', columns?.params),
    keyed('run, found.key, found.value', 'tags', columns?.tags),
    keyed(summary.replace('key', 'found.key'), 'metric_series', columns?.metrics),
    // The high-water mark is shown whether or not its metric is a column.
    ...(columns === undefined
      ? []
      : [
          {
            sql: `SELECT ${summary} FROM runs JOIN experiments ON experiments.id = runs.experiment_id
                  JOIN metric_series ON run = runs.id AND key = COALESCE(experiments.primary_key, runs.monitor_key)
                  WHERE runs.id ${wanted}`,
            params: [list],
          },
        ]),
  ])) as [RunRow[], Row[], Row[], Row[], Row[]?];
  const paramsByRun = grouped(params, paramOf);
  const tagsByRun = grouped(tags, (row) => String(row.value));
  const seriesByRun = grouped(series, seriesOf);
  const marksByRun = grouped(marks, seriesOf);
  const byId = new Map(
    rows.map((row) => {
      // A live run's metrics are in its live row, an ended one's in metric_series; never both.
      const live = row.summary === null ? null : presentAll(JSON.parse(row.summary));
      const metrics = live ?? seriesByRun.get(row.id) ?? {};
      const best = bestOf(row, columns === undefined ? metrics : (live ?? marksByRun.get(row.id) ?? {}));
      const shown = live === null ? metrics : only(live, columns?.metrics);
      return [row.id, present(row, paramsByRun.get(row.id) ?? {}, tagsByRun.get(row.id) ?? {}, shown, best)];
    }),
  );
  return ids.flatMap((id) => byId.get(id) ?? []);
}

const only = (metrics: Run['metrics'], keys: ReadonlySet<string> | undefined): Run['metrics'] =>
  keys === undefined ? metrics : Object.fromEntries(Object.entries(metrics).filter(([key]) => keys.has(key)));

function present(
  row: RunRow,
  params: Run['params'],
  tags: Run['tags'],
  metrics: Run['metrics'],
  best: Run['best'],
): Run {
  const progress = row.live_progress ?? row.progress;
  return {
    id: row.id,
    experimentId: row.experiment_id,
    experiment: row.experiment,
    ordinal: row.ordinal,
    name: row.name,
    status: row.status,
    origin: row.origin,
    createdAt: row.created_at,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    createdBy: row.created_by,
    priority: row.priority,
    requires: JSON.parse(row.requires) as string[],
    tags,
    note: row.note,
    params,
    metrics,
    progress: progress === null ? null : (JSON.parse(progress) as Progress),
    best,
    attempt: row.attempt,
    worker: row.worker === null ? null : { id: row.worker, name: row.worker_name ?? row.worker },
    waits: null,
    error: row.error_code === null ? null : { code: row.error_code, message: row.error_message ?? '' },
    clonedFrom: row.cloned_from,
    parent: row.parent,
    children: row.children,
    group: row.family,
    deletedAt: row.deleted_at,
  };
}

/** The experiment's primary metric where it has one, else what the run's checkpoints are kept by. */
function bestOf(row: RunRow, metrics: Run['metrics']): Run['best'] {
  const key = row.primary_key ?? row.monitor_key;
  const mode = row.primary_key === null ? row.monitor_mode : row.primary_mode;
  if (key === null || mode === null || !Object.hasOwn(metrics, key)) return null;
  const summary = metrics[key]!;
  const value = mode === 'min' ? summary.min : summary.max;
  const step = mode === 'min' ? summary.minStep : summary.maxStep;
  return value === null || step === null ? null : { key, mode, value, step };
}

function grouped<T>(rows: readonly Row[], toValue: (row: Row) => T): Map<string, Record<string, T>> {
  const byRun = new Map<string, [string, T][]>();
  for (const row of rows) {
    const entries = byRun.get(String(row.run)) ?? [];
    entries.push([String(row.key), toValue(row)]);
    byRun.set(String(row.run), entries);
  }
  return new Map([...byRun].map(([run, entries]) => [run, Object.fromEntries(entries)]));
}

function paramOf({ kind, value }: Row): Run['params'][string] {
  if (kind === 'boolean') return value === 1;
  return value as string | number | null;
}

// metric_series' columns are checked on the way in; `last` holds a number or one of three words.
const seriesOf = (row: Row): MetricSummary =>
  presentSummary([row.count, row.last, row.last_step, row.min, row.min_step, row.max, row.max_step] as CompactSummary);

const presentAll = (summaries: Summaries): Run['metrics'] =>
  Object.fromEntries(Object.entries(summaries).map(([key, summary]) => [key, presentSummary(summary)]));
