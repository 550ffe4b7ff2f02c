import type { Row } from '@tidemark/db/database';
import { type Checked, type Finding, quarantine } from './finding.ts';

/** Runs that may be written have one live row, others none; and numbers of runs that are still to come are free. */
export async function checkLives(checked: Checked): Promise<Finding[]> {
  const { db, now } = checked;
  const findings: Finding[] = [];
  const stray = await db.all<Row & { run: string; status: string }>(
    `SELECT live.run, runs.status FROM live JOIN runs ON runs.id = live.run WHERE runs.status NOT IN ('running', 'cancelling')`,
  );
  for (const { run, status } of stray) {
    const what = `run ${run} is ${status}, but has a row as if it were being written`;
    findings.push({
      check: 'runs',
      what,
      severity: 'error',
      remedy: 'the row goes to quarantine; the run stays as it ended',
      repair: () => quarantine(checked, { table: 'live', where: 'run = ?', params: [run], reason: what }),
    });
  }
  const orphans = await db.all<Row & { id: string; status: string; origin: string; attempt: number }>(
    `SELECT id, status, origin, attempt FROM runs WHERE status IN ('running', 'cancelling') AND id NOT IN (SELECT run FROM live)`,
  );
  for (const { id, status, origin, attempt } of orphans) {
    const again = origin === 'config' && status === 'running';
    const to = again ? 'queued' : status === 'cancelling' ? 'cancelled' : 'failed';
    findings.push({
      check: 'runs',
      what: `run ${id} is ${status}, but nobody can write it`,
      severity: 'error',
      remedy: again ? 'it is queued again' : `it is ${to}`,
      repair: async () => {
        await db.batch([
          {
            sql: `UPDATE runs SET status = ?, ended_at = ?, available_at = ?, error_code = ?, error_message = ?
                  WHERE id = ? AND status = ? AND id NOT IN (SELECT run FROM live)`,
            params: [
              to,
              again ? null : now,
              now,
              to === 'failed' ? 'lost' : null,
              to === 'failed' ? 'Its row of the database was lost.' : null,
              id,
              status,
            ],
          },
          {
            sql: "UPDATE attempts SET ended_at = COALESCE(ended_at, ?), outcome = COALESCE(outcome, 'lost') WHERE run = ? AND attempt = ?",
            params: [now, id, attempt],
          },
          {
            sql: `INSERT INTO events (at, actor, type, run, experiment_id, detail) SELECT ?, 'doctor', 'repaired', id, experiment_id, ?
                  FROM runs WHERE id = ?`,
            params: [now, JSON.stringify({ status: to }), id],
          },
        ]);
      },
    });
  }
  const used = await db.all<Row & { id: number; name: string; next: number }>(
    `SELECT experiments.id, experiments.name AS name, MAX(ordinal) + 1 AS next FROM experiments JOIN runs ON experiment_id = experiments.id
     GROUP BY experiments.id HAVING next > next_ordinal`,
  );
  for (const { id, name, next } of used) {
    findings.push({
      check: 'runs',
      what: `the next run of ${name} would get a number that is taken`,
      severity: 'error',
      remedy: `the next is #${next}`,
      repair: async () => {
        await db.all('UPDATE experiments SET next_ordinal = ? WHERE id = ?', [next, id]);
      },
    });
  }
  return findings;
}
