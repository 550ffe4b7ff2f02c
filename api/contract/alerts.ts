import * as z from 'zod';
import { Empty, ExperimentId, MetricKey, MetricValue, Millis, Name, NextCursor, RunId, Step } from './common.ts';
import { RunBrief } from './lineage.ts';
import { route } from './route.ts';
import { Delivery } from './webhooks.ts';

/** What an alert looks for. */
export const AlertRule = z
  .discriminatedUnion('kind', [
    z.strictObject({
      /** A point of the metric is above or below a value. NaN is neither. */
      kind: z.literal('metric'),
      key: MetricKey,
      op: z.enum(['>', '>=', '<', '<=']),
      value: z.number(),
      /** Points of earlier steps do not count. */
      fromStep: Step.optional(),
    }),
    z.strictObject({
      /** A point is NaN or infinite; without `key`, of any metric. */
      kind: z.literal('nan'),
      key: MetricKey.optional(),
    }),
    z.strictObject({
      /** A running run logged no metric of its own (`system/…` are not) and did not advance, for so long. */
      kind: z.literal('no_progress'),
      minutes: z.int().min(1).max(10_080),
    }),
    z.strictObject({ kind: z.literal('failed') }),
    z.strictObject({ kind: z.literal('finished') }),
    z.strictObject({
      /** The worker that had the run went silent, and its lease ended. */
      kind: z.literal('worker_lost'),
    }),
  ])
  .meta({ id: 'AlertRule' });
export type AlertRule = z.output<typeof AlertRule>;

export const Alert = z
  .object({
    id: z.int(),
    name: z.string(),
    rule: AlertRule,
    /** The rule in words: `val_loss > 5`. */
    text: z.string(),
    /** Of which runs: one experiment’s, one run, or (both null) all. */
    experiment: z.object({ id: z.int(), name: z.string() }).nullable(),
    run: RunId.nullable(),
    webhook: z.object({ id: z.int(), name: z.string(), disabled: z.boolean() }),
    /** Null: at most once a run. Else again after so many minutes, once it stopped being true meanwhile. */
    cooldownMinutes: z.int().nullable(),
    paused: z.boolean(),
    /** Messages of the last 30 days. */
    fired: z.int(),
    lastFiredAt: Millis.nullable(),
    createdAt: Millis,
    createdBy: z.string(),
  })
  .meta({ id: 'Alert' });
export type Alert = z.output<typeof Alert>;

/** Where a rule would have fired. */
export const Firing = z
  .object({
    at: Millis,
    attempt: z.int().nullable(),
    key: z.string().nullable(),
    step: z.int().nullable(),
    value: MetricValue.nullable(),
  })
  .meta({ id: 'Firing' });
export type Firing = z.output<typeof Firing>;

const byId = z.object({ id: z.coerce.number().int().min(1) });
const cooldownMinutes = z.int().min(1).max(43_200).nullable();
const tag = 'alerts';

export const createAlert = route({
  method: 'POST',
  path: '/alerts',
  tag,
  scope: 'write',
  status: 201,
  summary: 'A rule on all runs, an experiment’s or one run, and where its messages go.',
  body: z.strictObject({
    name: Name,
    rule: AlertRule,
    experiment: z.int().min(1).optional(),
    run: RunId.optional(),
    webhook: z.int(),
    cooldownMinutes: cooldownMinutes.default(null),
  }),
  response: Alert,
  errors: ['invalid_request', 'conflict'],
});
export const listAlerts = route({
  method: 'GET',
  path: '/alerts',
  tag,
  scope: 'read',
  status: 200,
  summary: 'Alerts by name; those that look at an experiment’s runs, or at a run.',
  query: z.object({ experiment: ExperimentId.optional(), run: RunId.optional() }),
  response: z.object({ alerts: z.array(Alert) }),
  errors: ['invalid_request'],
});
export const getAlert = route({
  method: 'GET',
  path: '/alerts/{id}',
  tag,
  scope: 'read',
  status: 200,
  summary: 'One alert.',
  params: byId,
  response: Alert,
  errors: ['not_found'],
});
export const updateAlert = route({
  method: 'PATCH',
  path: '/alerts/{id}',
  tag,
  scope: 'write',
  status: 200,
  summary: 'Rename, pause, send elsewhere, or change the rule; a changed rule may fire again for every run.',
  params: byId,
  body: z.strictObject({
    name: Name.optional(),
    rule: AlertRule.optional(),
    webhook: z.int().optional(),
    cooldownMinutes: cooldownMinutes.optional(),
    paused: z.boolean().optional(),
  }),
  response: Alert,
  errors: ['invalid_request', 'not_found', 'conflict'],
});
export const deleteAlert = route({
  method: 'DELETE',
  path: '/alerts/{id}',
  tag,
  scope: 'write',
  status: 200,
  summary: 'Remove an alert with its messages.',
  params: byId,
  response: Empty,
  errors: ['not_found'],
});
export const testAlert = route({
  method: 'POST',
  path: '/alerts/{id}/test',
  tag,
  scope: 'write',
  status: 200,
  summary: 'Send a message of type `alert.test` now; answers what came of it.',
  params: byId,
  response: Delivery,
  errors: ['not_found', 'conflict'],
});
export const replayAlert = route({
  method: 'POST',
  path: '/alerts/{id}/replay',
  tag,
  scope: 'read',
  status: 200,
  summary: 'Where the rule would have fired in past runs, newest first; nothing is sent.',
  params: byId,
  body: z.strictObject({
    /** Instead of the alert’s own. */
    rule: AlertRule.optional(),
    limit: z.int().min(1).max(100).default(20),
    cursor: z.string().max(500).optional(),
  }),
  response: z.object({
    /** Runs that were looked at. */
    looked: z.int(),
    runs: z.array(RunBrief.extend({ firings: z.array(Firing) }).meta({ id: 'ReplayedRun' })),
    next: NextCursor,
  }),
  errors: ['invalid_request', 'not_found'],
});
export const alertRoutes = {
  createAlert,
  listAlerts,
  getAlert,
  updateAlert,
  deleteAlert,
  testAlert,
  replayAlert,
};
