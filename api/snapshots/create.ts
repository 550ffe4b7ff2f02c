import type * as z from 'zod';
import type { createSnapshot as route, Snapshot, SnapshotContent, ViewState } from '../contract/views.ts';
import type { Deps, Principal } from '../deps.ts';
import { ApiError, invalid } from '../errors.ts';
import { getExperiment } from '../experiments/get.ts';
import { toHex } from '../hash.ts';
import { readMetrics } from '../metrics/read.ts';
import { groupRuns } from '../runs/group.ts';
import { listRuns } from '../runs/list.ts';
import { getView } from '../views/get.ts';
import { checkState } from '../views/state.ts';
import { pack } from './pack.ts';

type Body = z.output<typeof route.body>;

const MOST_RUNS = 1000;
const MOST_CURVES = 100;
/** Bytes as stored: what a reply can hold unpacked is some ten times this. */
const MOST_BYTES = 4_000_000;

/** Keeps what a view shows now. Errors: invalid_request, not_found, too_large. */
export async function createSnapshot(deps: Deps, principal: Principal, body: Body): Promise<Snapshot> {
  const { experimentId, viewId, name, state } = await meant(deps, body);
  const content = await seen(deps, experimentId, state, body.metrics);
  const parts = await pack(content);
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  if (size > MOST_BYTES)
    throw new ApiError('too_large', `The snapshot would take ${size} bytes; ${MOST_BYTES} are allowed.`, {
      hint: 'Choose columns, fewer metrics, or a narrower filter.',
    });
  const id = toHex(deps.rng(16));
  const now = deps.now();
  const runs = content.runs.length;
  await deps.db.batch([
    {
      sql: `INSERT INTO snapshots (id, experiment_id, view_id, name, created_at, created_by, runs, size)
            VALUES (?, ?, (SELECT id FROM views WHERE id = ?), ?, ?, ?, ?, ?)`,
      params: [id, experimentId, viewId, name, now, principal.name, runs, size],
    },
    ...parts.map((data, part) => ({
      sql: 'INSERT INTO snapshot_parts (snapshot, part, data) VALUES (?, ?, ?)',
      params: [id, part, data],
    })),
  ]);
  return { id, experimentId, viewId, name, createdAt: now, createdBy: principal.name, runs, size };
}

interface Meant {
  readonly experimentId: number | null;
  readonly viewId: number | null;
  readonly name: string;
  readonly state: ViewState;
}

async function meant(deps: Deps, { view, experiment, state, name }: Body): Promise<Meant> {
  if ((view === undefined) === (state === undefined))
    throw invalid(['view'], 'a snapshot is of a view, or of a state', { allowed: 'either view or state' });
  if (view !== undefined) {
    if (experiment !== undefined) throw invalid(['experiment'], 'the view’s own experiment counts');
    const saved = await getView(deps, view);
    return { experimentId: saved.experimentId, viewId: saved.id, name: name ?? saved.name, state: saved.state };
  }
  if (experiment !== undefined) await getExperiment(deps, experiment);
  checkState(deps, state!);
  return { experimentId: experiment ?? null, viewId: null, name: name ?? 'snapshot', state: state! };
}

async function seen(
  deps: Deps,
  experimentId: number | null,
  state: ViewState,
  metrics: Body['metrics'],
): Promise<SnapshotContent> {
  const { filter, sort, columns, by, values } = state;
  const which = { filter, ...(experimentId === null ? {} : { experiment: experimentId }) };
  const { runs, total } = await listRuns(deps, {
    ...which,
    ...(by.length === 0 ? { sort } : {}),
    ...(columns.length === 0 ? {} : { columns: columns.join(',') }),
    limit: MOST_RUNS,
    count: true,
  });
  const groups =
    by.length === 0
      ? null
      : (
          await groupRuns(deps, {
            ...which,
            by: by.join(','),
            values: values.join(','),
            ...(sort === '' ? {} : { sort }),
            quantiles: [0.25, 0.5, 0.75],
            limit: MOST_RUNS,
          })
        ).groups;
  const drawn = runs.slice(0, MOST_CURVES).map(({ id }) => id);
  const curves = metrics && drawn.length > 0 ? await readMetrics(deps, { runs: drawn, ...metrics }) : null;
  return { state, runs, total: total ?? runs.length, groups, metrics: curves };
}
