import { type Database, originOf, type Row } from '@tidemark/db/database';
import type { AlertRule } from '../contract/alerts.ts';
import type { Deps } from '../deps.ts';

/** An alert as it is evaluated. */
export interface CachedAlert {
  readonly id: number;
  readonly name: string;
  readonly rule: AlertRule;
  readonly experimentId: number | null;
  readonly run: string | null;
  readonly webhookId: number;
  readonly cooldownMinutes: number | null;
}

/** Another process's change of the rules is seen after so long (ms). */
const STALE = 60_000;

const known = new WeakMap<Database, { readonly at: number; readonly alerts: Promise<readonly CachedAlert[]> }>();

/** The alerts that are on, from memory: every call that logs asks for them. */
export function cachedAlerts(deps: Deps): Promise<readonly CachedAlert[]> {
  const now = deps.now();
  const db = originOf(deps.db);
  const found = known.get(db);
  if (found && now - found.at < STALE && now >= found.at) return found.alerts;
  const alerts = read(db);
  known.set(db, { at: now, alerts });
  // What failed is read again by the next call.
  alerts.catch(() => known.delete(db));
  return alerts;
}

/** After every change of an alert or a webhook. */
export const forgetAlerts = (deps: Deps): void => void known.delete(originOf(deps.db));

async function read(db: Database): Promise<readonly CachedAlert[]> {
  const rows = await db.all<
    Row & {
      id: number;
      name: string;
      rule: string;
      experiment_id: number | null;
      run: string | null;
      webhook_id: number;
      cooldown_minutes: number | null;
    }
  >(
    `SELECT alerts.id, alerts.name, rule, experiment_id, run, webhook_id, cooldown_minutes
     FROM alerts JOIN webhooks ON webhooks.id = alerts.webhook_id
     WHERE paused = 0 AND disabled_at IS NULL ORDER BY alerts.id LIMIT 1000`,
  );
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    // What the contract checked when it was written.
    rule: JSON.parse(row.rule) as AlertRule,
    experimentId: row.experiment_id,
    run: row.run,
    webhookId: row.webhook_id,
    cooldownMinutes: row.cooldown_minutes,
  }));
}
