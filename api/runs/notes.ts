import type { Row } from '@tidemark/db/database';
import type * as z from 'zod';
import type { runNotes as route } from '../contract/runs.ts';
import type { Deps } from '../deps.ts';
import { notFound } from '../errors.ts';

type Notes = z.output<typeof route.response>['notes'];

const MOST = 100;

/** What a run's note was, the newest first; the one it was registered with is the last. Errors: not_found. */
export async function runNotes({ db }: Deps, id: string): Promise<Notes> {
  const [runs, events] = (await db.batch([
    { sql: 'SELECT note, created_at, created_by FROM runs WHERE id = ?', params: [id] },
    {
      sql: "SELECT at, actor, detail FROM events WHERE run = ? AND type = 'noted' ORDER BY id DESC LIMIT ?",
      params: [id, MOST],
    },
  ])) as [(Row & { note: string; created_at: number; created_by: string })[], Row[]];
  const [run] = runs;
  if (!run) throw notFound(`run ${id}`);
  const changes = events.map(({ at, actor, detail }) => {
    const { note, before } = JSON.parse(String(detail)) as { note: string; before?: string };
    return { at: Number(at), actor: String(actor), note, before };
  });
  const first = changes.at(-1) === undefined ? run.note : changes.at(-1)!.before;
  const registered = first ? [{ at: run.created_at, actor: run.created_by, note: first }] : [];
  return [...changes.map(({ at, actor, note }) => ({ at, actor, note })), ...registered].slice(0, MOST);
}
