import type { Alert } from '../contract/alerts.ts';
import type { Deps } from '../deps.ts';
import { ALERT, toAlert } from './rows.ts';

interface Query {
  readonly experiment?: number | undefined;
  readonly run?: string | undefined;
}

/** By name; of an experiment or a run, those that look at it: their own, and those of all runs. */
export async function listAlerts(deps: Deps, { experiment, run }: Query): Promise<Alert[]> {
  const rows = await deps.db.all(
    `SELECT ${ALERT} WHERE (? IS NULL OR alerts.run = ? OR (alerts.run IS NULL AND (alerts.experiment_id IS NULL
         OR alerts.experiment_id = (SELECT experiment_id FROM runs WHERE id = ?))))
       AND (? IS NULL OR alerts.experiment_id = ? OR (alerts.experiment_id IS NULL AND (alerts.run IS NULL
         OR (SELECT experiment_id FROM runs WHERE id = alerts.run) = ?)))
     ORDER BY alerts.name LIMIT 1000`,
    [...Array(3).fill(run ?? null), ...Array(3).fill(experiment ?? null)],
  );
  return rows.map(toAlert);
}
