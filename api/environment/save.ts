import type { Environment } from '../contract/environment.ts';
import type { Deps } from '../deps.ts';
import { ApiError, staleAttempt } from '../errors.ts';
import { touchRun } from '../runs/touch.ts';
import type { Writer } from '../runs/writer.ts';

const MOST = 500_000;

/** Keeps what an attempt runs on. The same again writes nothing. Errors: stale_attempt, too_large. */
export async function saveEnvironment(deps: Deps, run: string, writer: Writer, value: Environment): Promise<void> {
  const data = JSON.stringify(value);
  if (data.length > MOST) {
    throw new ApiError(
      'too_large',
      `An environment has at most ${MOST} characters as JSON; this one has ${data.length}.`,
    );
  }
  const { attempt, held } = writer;
  const [, found] = await deps.db.batch([
    {
      sql: `INSERT INTO environments (run, attempt, data, created_at)
            SELECT runs.id, ?, ?, ? FROM runs WHERE runs.id = ? AND ${held.sql}
            ON CONFLICT (run, attempt) DO UPDATE SET data = excluded.data, created_at = excluded.created_at
            WHERE environments.data <> excluded.data`,
      params: [attempt, data, deps.now(), run, ...held.params],
    },
    { sql: `SELECT 1 AS ok FROM runs WHERE runs.id = ? AND ${held.sql}`, params: [run, ...held.params] },
  ]);
  if (found!.length === 0) throw staleAttempt();
  touchRun(deps, run);
}
