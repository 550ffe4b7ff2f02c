import * as z from 'zod';
import { ExperimentId, MetricKey, Millis, Name } from './common.ts';
import { Axis, readMetrics } from './metrics.ts';
import { route } from './route.ts';
import { Run } from './runs.ts';
import { RunGroup } from './search.ts';

const tag = 'views';
const LAYOUT_CHARACTERS = 100_000;

/** A table and its charts as somebody set them up. */
export const ViewState = z
  .strictObject({
    /** As `filter` of `GET /runs`. */
    filter: z.string().max(10_000).default(''),
    /** As `sort` of `GET /runs`. */
    sort: z.string().max(1000).default(''),
    /** Fields, in the order of the table's columns. */
    columns: z.array(z.string().min(1).max(300)).max(200).default([]),
    /** Fields that runs are grouped by; none: single runs. */
    by: z.array(z.string().min(1).max(300)).max(4).default([]),
    /** Fields that groups say the mean of. */
    values: z.array(z.string().min(1).max(300)).max(8).default([]),
    /** Whatever the dashboard keeps of its charts: at most 100,000 characters of JSON. */
    layout: z
      .record(z.string(), z.unknown())
      .refine((layout) => JSON.stringify(layout).length <= LAYOUT_CHARACTERS, `at most ${LAYOUT_CHARACTERS} characters`)
      .default({}),
  })
  .meta({ id: 'ViewState' });
export type ViewState = z.output<typeof ViewState>;

export const View = z
  .object({
    id: z.int(),
    /** null: of all experiments. */
    experimentId: z.int().nullable(),
    name: z.string(),
    owner: z.string(),
    /** One more with every change. */
    version: z.int(),
    createdAt: Millis,
    updatedAt: Millis,
    updatedBy: z.string(),
    state: ViewState,
  })
  .meta({ id: 'View' });
export type View = z.output<typeof View>;

const params = z.object({ id: z.coerce.number().int().min(1) });

export const createView = route({
  method: 'POST',
  path: '/views',
  tag,
  scope: 'write',
  status: 201,
  summary:
    'Save a view: columns, filter, sort, grouping, layout of charts. A name that the experiment’s views have is a conflict.',
  body: z.strictObject({ experiment: ExperimentId.nullable().default(null), name: Name, state: ViewState }),
  response: View,
  errors: ['invalid_request', 'not_found', 'conflict'],
});
export const listViews = route({
  method: 'GET',
  path: '/views',
  tag,
  scope: 'read',
  status: 200,
  summary: 'Saved views by name: of an experiment and of all experiments, or, without `experiment`, every one.',
  query: z.object({ experiment: ExperimentId.optional() }),
  response: z.object({ views: z.array(View) }),
  errors: ['invalid_request'],
});
export const getView = route({
  method: 'GET',
  path: '/views/{id}',
  tag,
  scope: 'read',
  status: 200,
  summary: 'One saved view.',
  params,
  response: View,
  errors: ['not_found'],
});
export const updateView = route({
  method: 'PATCH',
  path: '/views/{id}',
  tag,
  scope: 'write',
  status: 200,
  ifMatch: true,
  summary:
    'Rename a view or change its state, on top of the `version` that was read: if somebody changed it since, it is a conflict.',
  params,
  body: z.strictObject({ version: z.int().min(1), name: Name.optional(), state: ViewState.optional() }),
  response: View,
  errors: ['invalid_request', 'not_found', 'conflict'],
});
export const deleteView = route({
  method: 'DELETE',
  path: '/views/{id}',
  tag,
  scope: 'write',
  status: 200,
  summary: 'Remove a view. Its snapshots stay.',
  params,
  response: z.object({}),
  errors: ['not_found'],
});

/** What was seen when a snapshot was taken. */
export const SnapshotContent = z
  .object({
    state: ViewState,
    /** At most 1,000, in the view's order. */
    runs: z.array(Run),
    /** How many runs the filter found. */
    total: z.int(),
    /** Where the view groups. */
    groups: z.array(RunGroup).nullable(),
    /** Of the first 100 runs, where metrics were asked for. */
    metrics: readMetrics.response.nullable(),
  })
  .meta({ id: 'SnapshotContent' });
export type SnapshotContent = z.output<typeof SnapshotContent>;

export const Snapshot = z
  .object({
    id: z.string(),
    experimentId: z.int().nullable(),
    /** The view it was taken of; null: of none, or of one that is gone. */
    viewId: z.int().nullable(),
    name: z.string(),
    createdAt: Millis,
    createdBy: z.string(),
    runs: z.int(),
    /** Bytes stored. */
    size: z.int(),
  })
  .meta({ id: 'Snapshot' });
export type Snapshot = z.output<typeof Snapshot>;

const snapshotParams = z.object({ id: z.string().regex(/^[0-9a-f]{32}$/, '32 hexadecimal characters') });

export const createSnapshot = route({
  method: 'POST',
  path: '/snapshots',
  tag,
  scope: 'write',
  status: 201,
  summary:
    'Keep which runs a view shows now, with their values and, for `metrics`, their curves: a link to it shows the same later.',
  body: z.strictObject({
    /** A saved view … */
    view: z.int().min(1).optional(),
    /** … or a state, of an experiment or of all. */
    experiment: ExperimentId.optional(),
    state: ViewState.optional(),
    name: Name.optional(),
    metrics: z
      .strictObject({
        keys: z.array(MetricKey).min(1).max(20),
        axis: Axis.default('step'),
        points: z.int().min(2).max(1000).default(200),
      })
      .optional(),
  }),
  response: Snapshot,
  errors: ['invalid_request', 'not_found', 'too_large'],
});
export const listSnapshots = route({
  method: 'GET',
  path: '/snapshots',
  tag,
  scope: 'read',
  status: 200,
  summary: 'Snapshots, the newest first: at most 1,000.',
  query: z.object({ experiment: ExperimentId.optional(), view: z.coerce.number().int().min(1).optional() }),
  response: z.object({ snapshots: z.array(Snapshot) }),
  errors: ['invalid_request'],
});
export const getSnapshot = route({
  method: 'GET',
  path: '/snapshots/{id}',
  tag,
  scope: 'read',
  status: 200,
  summary: 'A snapshot with all it keeps.',
  params: snapshotParams,
  response: Snapshot.extend({ content: SnapshotContent }),
  errors: ['not_found'],
});
export const deleteSnapshot = route({
  method: 'DELETE',
  path: '/snapshots/{id}',
  tag,
  scope: 'write',
  status: 200,
  summary: 'Remove a snapshot: its link shows nothing any more.',
  params: snapshotParams,
  response: z.object({}),
  errors: ['not_found'],
});
export const viewRoutes = {
  createView,
  listViews,
  getView,
  updateView,
  deleteView,
  createSnapshot,
  listSnapshots,
  getSnapshot,
  deleteSnapshot,
};
