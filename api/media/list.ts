import type { Row, SqlValue } from '@tidemark/db/database';
import type * as z from 'zod';
import type { Media, MediaValue, listMedia as route } from '../contract/media.ts';
import type { Deps } from '../deps.ts';
import { invalid } from '../errors.ts';
import { requireRun } from '../runs/require.ts';
import { shownMedia, type Which } from './shown.ts';

type Query = z.output<typeof route.query>;
type Place = Row & { key: string; step: number; attempt: number; id: number; time: number; size: number };

/** Characters of values in one page, but one value at least. */
const PAGE = 2 ** 22;

/** Visible media by key and step; with `near`, of each key one. Errors: not_found, invalid_request (a cursor of other making). */
export async function listMedia(deps: Deps, run: string, query: Query): Promise<z.output<typeof route.response>> {
  await requireRun(deps, run);
  const { near, limit } = query;
  const { sql, params = [] } = await shownMedia(deps, run, which(query));
  const columns = 'key, step, attempt, id, time';
  const found = (await deps.db.all(
    near === undefined
      ? `${sql} SELECT ${columns}, size FROM shown ORDER BY key, step LIMIT ?`
      : near === 'latest'
        ? `${sql} SELECT ${columns}, size, MAX(step) AS place FROM shown GROUP BY key ORDER BY key LIMIT ?`
        : `${sql} SELECT ${columns}, size, MIN(abs(step - ?) * 2 + (step > ?)) AS place FROM shown GROUP BY key ORDER BY key LIMIT ?`,
    [...params, ...(typeof near === 'number' ? [near, near] : []), limit + 1],
  )) as Place[];
  const page = fitting(found.slice(0, limit));
  const values = await valuesOf(deps, page);
  const last = page.at(-1);
  const more = page.length < found.length && last !== undefined;
  return {
    media: page.map(({ key, step, attempt, time }, i) => ({ key, step, attempt, time, value: values[i]! })),
    next: more ? JSON.stringify([last.key, last.step]) : null,
  };
}

function which({ keys, type, near, from, to, cursor }: Query): Which {
  const parts: string[] = [];
  const params: SqlValue[] = [];
  const add = (sql: string, ...values: SqlValue[]): void => {
    parts.push(`AND ${sql}`);
    params.push(...values);
  };
  if (keys) add('key IN (SELECT value FROM json_each(?))', JSON.stringify(keys));
  if (from !== undefined) add('step >= ?', from);
  if (to !== undefined) add('step <= ?', to);
  if (cursor !== undefined) {
    const [key, step] = readCursor(cursor);
    // One of each key: the next page begins at the next key.
    if (near === undefined) add('(key, step) > (?, ?)', key, step);
    else add('key > ?', key);
  }
  return { where: parts.join(' '), params, type };
}

function readCursor(cursor: string): [key: string, step: number] {
  try {
    const [key, step] = JSON.parse(cursor) as unknown[];
    if (typeof key === 'string' && Number.isSafeInteger(step)) return [key, step as number];
  } catch {
    // Told below.
  }
  throw invalid(['query', 'cursor'], 'is not the `next` of a page', { value: cursor });
}

function fitting(places: readonly Place[]): Place[] {
  let size = 0;
  return places.filter((place, i) => {
    size += place.size;
    return i === 0 || size <= PAGE;
  });
}

async function valuesOf(deps: Deps, page: readonly Place[]): Promise<Media['value'][]> {
  const rows = await deps.db.all<Row & { id: number; data: string }>(
    'SELECT id, data FROM media WHERE id IN (SELECT value FROM json_each(?))',
    [JSON.stringify(page.map(({ id }) => id))],
  );
  const byId = new Map(rows.map(({ id, data }) => [id, JSON.parse(data) as MediaValue])); // checked on its way in
  return page.flatMap(({ id }) => byId.get(id) ?? []);
}
