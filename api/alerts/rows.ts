import type { Row } from '@tidemark/db/database';
import type { Alert, AlertRule } from '../contract/alerts.ts';
import { describeRule } from './rule.ts';

/** An alert's columns and tables as `toAlert` reads them; a WHERE follows. */
export const ALERT = `alerts.id, alerts.name, alerts.rule, alerts.experiment_id, experiments.name AS experiment, alerts.run,
  alerts.webhook_id, webhooks.name AS webhook, webhooks.disabled_at, alerts.cooldown_minutes, alerts.paused, alerts.created_at,
  alerts.created_by,
  (SELECT COUNT(*) FROM messages WHERE messages.alert_id = alerts.id AND type <> 'alert.test') AS fired,
  (SELECT MAX(created_at) FROM messages WHERE messages.alert_id = alerts.id AND type <> 'alert.test') AS last_fired_at
  FROM alerts JOIN webhooks ON webhooks.id = alerts.webhook_id LEFT JOIN experiments ON experiments.id = alerts.experiment_id`;

export function toAlert(row: Row): Alert {
  // What the contract checked when it was written.
  const rule = JSON.parse(String(row.rule)) as AlertRule;
  return {
    id: Number(row.id),
    name: String(row.name),
    rule,
    text: describeRule(rule),
    experiment: row.experiment_id === null ? null : { id: Number(row.experiment_id), name: String(row.experiment) },
    run: row.run === null ? null : String(row.run),
    webhook: { id: Number(row.webhook_id), name: String(row.webhook), disabled: row.disabled_at !== null },
    cooldownMinutes: row.cooldown_minutes === null ? null : Number(row.cooldown_minutes),
    paused: row.paused === 1,
    fired: Number(row.fired),
    lastFiredAt: row.last_fired_at === null ? null : Number(row.last_fired_at),
    createdAt: Number(row.created_at),
    createdBy: String(row.created_by),
  };
}
