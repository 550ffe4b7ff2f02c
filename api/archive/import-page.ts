import { DatabaseError, type Statement } from '@tidemark/db/database';
import type { Deps } from '../deps.ts';
import { ApiError, invalid } from '../errors.ts';
import { findImport, type Import, stateOf } from './find.ts';
import { insertRows } from './insert-rows.ts';
import { placeRows } from './place-rows.ts';
import { readPage } from './read-page.ts';

const TRIES = 5;

/**
 * Takes a page in, in one batch, so that a page is there or not. Its runs stay out of everybody's sight until the commit. Errors:
 * not_found, conflict (a gap; a run that is here already), invalid_request (no such page), too_large.
 */
export async function importPage(deps: Deps, id: string, page: number, request: Request) {
  const found = await findImport(deps, id);
  if (found.state === 'done' || page < found.next_page) {
    await request.body?.cancel();
    return stateOf(found);
  }
  if (page > found.next_page) {
    await request.body?.cancel();
    throw new ApiError('conflict', `Page ${found.next_page} comes next, not ${page}.`);
  }
  const lines = readPage(await textOf(deps, request));
  for (let tries = 1; ; tries++) {
    const placed = await placeRows(deps, found, lines);
    try {
      await deps.db.batch([
        ...turned(deps, found, page),
        ...placed.before,
        ...insertRows(placed.rows),
        ...placed.after,
      ]);
      break;
    } catch (error) {
      // Somebody wrote meanwhile: a number that was free is taken. Or this very page has come in twice at once.
      if (!(error instanceof DatabaseError) || error.kind !== 'constraint') throw error;
      const now = await findImport(deps, id);
      if (now.next_page > page) return stateOf(now);
      if (tries === TRIES)
        throw invalid(['body'], 'has rows that do not fit together', { value: String(error.cause).slice(0, 300) });
    }
  }
  return stateOf(await findImport(deps, id));
}

/** The page counts, once: the row that says so can be written only once. */
const turned = (deps: Deps, { id }: Import, page: number): Statement[] => [
  { sql: "INSERT INTO import_rows (import, source, old, new) VALUES (?, 'page', ?, '')", params: [id, String(page)] },
  {
    sql: 'UPDATE imports SET next_page = ?, touched_at = ? WHERE id = ?',
    params: [page + 1, deps.now(), id],
  },
];

async function textOf(deps: Deps, request: Request): Promise<string> {
  const limit = deps.limits.body;
  const tooLarge = () => new ApiError('too_large', `A page is larger than ${limit} bytes.`);
  if (Number(request.headers.get('content-length') ?? 0) > limit) throw tooLarge();
  const bytes = new Uint8Array(await request.arrayBuffer());
  if (bytes.length > limit) throw tooLarge();
  return new TextDecoder().decode(bytes);
}
