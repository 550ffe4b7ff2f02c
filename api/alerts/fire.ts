import type { Row, Statement } from '@tidemark/db/database';
import type { Condition } from '@tidemark/db/fence';
import type { Firing } from '../contract/alerts.ts';
import type { Deps } from '../deps.ts';
import { toHex } from '../hash.ts';
import type { CachedAlert } from './cached.ts';
import type { State } from './edge.ts';
import { alertPayload } from './payload.ts';

/** A run as messages name it, and how its alerts stand. */
export interface AlertedRun {
  readonly id: string;
  readonly experimentId: number;
  readonly experiment: string;
  readonly ordinal: number;
  readonly name: string;
  readonly status: string;
  readonly states: ReadonlyMap<number, State>;
}

/** Null when there is no such run. */
export async function alertedRun(deps: Deps, run: string): Promise<AlertedRun | null> {
  const [rows, states] = (await deps.db.batch([
    {
      sql: `SELECT runs.id, runs.experiment_id AS experimentId, experiments.name AS experiment, runs.ordinal, runs.name, runs.status
            FROM runs JOIN experiments ON experiments.id = runs.experiment_id WHERE runs.id = ?`,
      params: [run],
    },
    { sql: 'SELECT alert_id, armed, fired_at FROM alert_states WHERE run = ?', params: [run] },
  ])) as [(Row & Omit<AlertedRun, 'states'>)[], Row[]];
  const [row] = rows;
  if (!row) return null;
  const known = states.map(({ alert_id, armed, fired_at }): [number, State] => [
    Number(alert_id),
    { armed: armed === 1, firedAt: Number(fired_at) },
  ]);
  return { ...row, states: new Map(known) };
}

export const inScope = ({ experimentId, run }: CachedAlert, of: AlertedRun): boolean =>
  run === null ? experimentId === null || experimentId === of.experimentId : run === of.id;

/** What an alert's new state writes, and its message if it fires: nothing unless the run's live row stands as `when` says. */
export function alertStatements(
  deps: Deps,
  alert: CachedAlert,
  run: AlertedRun,
  { state, firing }: { state: State; firing: (Firing & { status?: string; error?: string | undefined }) | null },
  when: Condition,
): Statement[] {
  if (state === null) return [];
  const now = deps.now();
  // The alert may have been deleted since the rules were read.
  const from = 'FROM live JOIN alerts ON alerts.id = ? WHERE';
  const statements: Statement[] = [
    {
      sql: `INSERT INTO alert_states (alert_id, run, armed, fired_at) SELECT alerts.id, live.run, ?, ? ${from} ${when.sql}
            ON CONFLICT (run, alert_id) DO UPDATE SET armed = excluded.armed, fired_at = excluded.fired_at`,
      params: [state.armed ? 1 : 0, state.firedAt, alert.id, ...when.params],
    },
  ];
  if (firing) {
    const payload = alertPayload(deps, alert, run, firing);
    statements.push({
      sql: `INSERT INTO messages (id, webhook_id, alert_id, run, type, payload, created_at, state, due_at)
            SELECT ?, alerts.webhook_id, alerts.id, live.run, ?, ?, ?, 'pending', ? ${from} ${when.sql}`,
      params: [newMessageId(deps.rng), payload.type, JSON.stringify(payload), now, now, alert.id, ...when.params],
    });
  }
  return statements;
}

export const newMessageId = (rng: Deps['rng']): string => `msg_${toHex(rng(16))}`;
