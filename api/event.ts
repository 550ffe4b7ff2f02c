import type { Statement } from '@tidemark/db/database';
import type { Condition } from '@tidemark/db/fence';

export interface Event {
  readonly at: number;
  readonly actor: string;
  readonly type: string;
  readonly detail?: Record<string, unknown>;
}

/** Who did what to a run; with a condition on `live`, only where it holds. The changes feed reads these too. */
export function runEvent(run: string, event: Event, when?: Condition): Statement {
  return {
    sql: `INSERT INTO events (at, actor, type, run, experiment_id, detail)
          SELECT ?, ?, ?, runs.id, runs.experiment_id, ? FROM runs WHERE runs.id = ?
          ${when ? `AND EXISTS (SELECT 1 FROM live WHERE ${when.sql})` : ''}`,
    params: [event.at, event.actor, event.type, JSON.stringify(event.detail ?? {}), run, ...(when?.params ?? [])],
  };
}

/** An event of the project that is no run's: `experiment`, `worker`, `dataset`, `token`, and what happened. */
export function projectEvent(event: Event, experiment: number | null = null): Statement {
  return {
    sql: 'INSERT INTO events (at, actor, type, experiment_id, detail) VALUES (?, ?, ?, ?, ?)',
    params: [event.at, event.actor, event.type, experiment, JSON.stringify(event.detail ?? {})],
  };
}
