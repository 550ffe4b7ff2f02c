import type { Row } from '@tidemark/db/database';
import type * as z from 'zod';
import type { changes as route } from './contract/changes.ts';
import type { Deps } from './deps.ts';
import { invalid } from './errors.ts';

type Reply = z.output<typeof route.response>;

/** More than this changed: reading everything again is cheaper. */
const MOST = 500;

/**
 * What changed since a cursor. Whatever happens to a run is an event; what a live run logs is not (it would cost a row), so live runs
 * are listed by when they were last written. A cursor is the last event's id and the time; a run may be told twice, never not.
 * Errors: invalid_request.
 */
export async function changesSince(deps: Deps, cursor: string | undefined): Promise<Reply> {
  const now = deps.now();
  const since = cursor === undefined ? null : parse(cursor);
  const [newest, events, live] = (await deps.db.batch([
    { sql: 'SELECT COALESCE(MAX(id), 0) AS id FROM events' },
    {
      sql: 'SELECT type, run, experiment_id FROM events WHERE id > ? ORDER BY id LIMIT ?',
      params: [since?.event ?? 0, since ? MOST + 1 : 0],
    },
    {
      sql: `SELECT live.run, runs.experiment_id FROM live JOIN runs ON runs.id = live.run WHERE live.touched_at >= ? LIMIT ?`,
      params: [since?.time ?? 0, since ? MOST + 1 : 0],
    },
  ])) as [Row[], Row[], Row[]];
  const next = `${newest[0]!.id}.${now}`;
  const nothing = { cursor: next, runs: [], experiments: [], workers: false, datasets: false, models: false };
  if (!since) return { ...nothing, reset: false };
  // A cursor ahead of the newest event is another database's.
  if (events.length > MOST || live.length > MOST || since.event > Number(newest[0]!.id)) {
    return { ...nothing, workers: true, datasets: true, models: true, reset: true };
  }
  const runs = new Map<string, number>();
  for (const row of [...events, ...live]) if (row.run !== null) runs.set(String(row.run), Number(row.experiment_id));
  const experiments = new Set(runs.values());
  for (const row of events) if (row.experiment_id !== null) experiments.add(Number(row.experiment_id));
  const had = (...prefixes: string[]): boolean =>
    events.some((row) => prefixes.some((prefix) => String(row.type).startsWith(prefix)));
  return {
    cursor: next,
    runs: [...runs].map(([id, experimentId]) => ({ id, experimentId })),
    experiments: [...experiments],
    // A run's claim and end change what its worker shows.
    workers: had('worker') || events.some((row) => row.run !== null),
    datasets: had('dataset'),
    models: had('model'),
    reset: false,
  };
}

function parse(cursor: string): { event: number; time: number } {
  const match = /^(\d{1,15})\.(\d{1,15})$/.exec(cursor);
  if (!match) throw invalid(['query', 'cursor'], 'not a cursor of this feed', { value: cursor });
  return { event: Number(match[1]), time: Number(match[2]) };
}
