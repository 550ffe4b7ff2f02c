import type { Row } from '@tidemark/db/database';
import type * as z from 'zod';
import type { exportPage as route } from '../contract/archive.ts';
import type { Deps } from '../deps.ts';
import { invalid, notFound } from '../errors.ts';
import { requireStored, STORED, STORES, type StoredRow } from '../metrics/stored.ts';
import { endedAsOfNow } from './live-run.ts';
import { type ArchivedRow, type Cut, pack } from './row.ts';
import { type ArchivedTable, type Scope, TABLES, within } from './tables.ts';

type Query = z.output<typeof route.query>;

/** A page ends at about so many characters. */
const PAGE = 1_000_000;

/** Where the next page begins: in which table, behind which key. */
type Cursor = [table: number, after: (string | number)[] | null];

/**
 * A page of an archive as lines of JSON: rows, then `{"next", "blobs"}`: the next page's cursor (null: this was the last) and the blobs
 * that its rows name, with their sizes. Pages of one archive may be asked for at any time and again. A run that is being written
 * is told as far as it is, as one that failed with `exported_live`. Errors: not_found, invalid_request (a cursor that is none).
 */
export async function exportPage(deps: Deps, query: Query): Promise<Response> {
  const scope = await scopeOf(deps, query);
  let [index, after]: Cursor = query.cursor === undefined ? [0, null] : cursorOf(query.cursor);
  const lines: string[] = [];
  const digests = new Set<string>();
  let size = 0;
  const add = (line: ArchivedRow | Cut): void => {
    const text = JSON.stringify(line);
    size += text.length;
    lines.push(text);
  };
  while (index < TABLES.length && size < PAGE) {
    const table = TABLES[index]!;
    const rows = await rowsOf(deps, table, scope, after);
    if (table.name === 'runs') for (const line of await endedAsOfNow(deps, rows)) add(line);
    else for (const row of rows) add({ table: table.name, row: pack(row) });
    for (const row of rows) for (const digest of digestsOf(table, row)) digests.add(digest);
    const last = rows.at(-1);
    if (last && rows.length === table.rows) after = table.key.map((column) => last[column] as string | number);
    else [index, after] = [index + 1, null];
  }
  const next = index < TABLES.length ? btoa(JSON.stringify([index, after])) : null;
  lines.push(JSON.stringify({ next, blobs: await sizesOf(deps, [...digests]) }));
  return new Response(`${lines.join('\n')}\n`, { headers: { 'content-type': 'application/x-ndjson' } });
}

async function scopeOf(deps: Deps, { runs, experiment }: Query): Promise<Scope> {
  if (runs !== undefined && experiment !== undefined) throw invalid(['runs'], 'runs or an experiment, not both');
  if (experiment !== undefined) {
    const found = await deps.db.all('SELECT 1 FROM experiments WHERE id = ?', [experiment]);
    if (found.length === 0) throw notFound(`experiment ${experiment}`);
    return { kind: 'experiment', id: experiment };
  }
  if (runs === undefined) return { kind: 'project' };
  const found = await deps.db.all<Row & { id: string }>(
    'SELECT id FROM runs WHERE id IN (SELECT value FROM json_each(?))',
    [JSON.stringify(runs)],
  );
  const missing = runs.find((run) => !found.some(({ id }) => id === run));
  if (missing !== undefined) throw notFound(`run ${missing}`);
  return { kind: 'runs', ids: runs };
}

function cursorOf(text: string): Cursor {
  try {
    const value: unknown = JSON.parse(atob(text));
    const [index, after] = value as Cursor;
    const table = TABLES[index];
    if (table && (after === null || (Array.isArray(after) && after.length === table.key.length))) return [index, after];
  } catch {
    // Said below.
  }
  throw invalid(['query', 'cursor'], 'is not one that an export gave');
}

async function rowsOf(deps: Deps, table: ArchivedTable, scope: Scope, after: Cursor[1]): Promise<Row[]> {
  const condition = within(table, scope);
  if (!condition) return [];
  const key = table.key.join(', ');
  const segments = table.name === 'metric_segments';
  const columns = 'run, attempt, level, part, key_group, keys';
  const from = segments
    ? `(SELECT ${columns.replaceAll(/\w+/g, 's.$&')}, ${STORED} FROM metric_segments AS s ${STORES})`
    : table.name;
  const beyond = after === null ? '' : `AND (${key}) > (${table.key.map(() => '?').join(', ')})`;
  const rows = await deps.db.all(
    `SELECT * FROM ${from} WHERE ${condition.sql} ${beyond} ORDER BY ${key} LIMIT ${table.rows}`,
    [...condition.params, ...(after ?? [])],
  );
  if (!segments) return rows;
  const stored = await requireStored(deps.blobs, rows as StoredRow[]);
  return rows.map(({ run, attempt, level, part, key_group, keys }, index) => {
    return {
      run: run!,
      attempt: attempt!,
      level: level!,
      part: part!,
      key_group: key_group!,
      keys: keys!,
      data: stored[index]!,
    };
  });
}

/** The blobs that a row names. */
function digestsOf(table: ArchivedTable, row: Row): string[] {
  const named = (table.digests ?? []).map((column) => String(row[column]));
  if (table.name === 'dataset_parts') {
    // A part is a list of [path, digest, …].
    for (const file of JSON.parse(String(row.data)) as [string, string][]) named.push(file[1]);
  }
  if (table.name === 'params' && row.key === 'init.digest' && typeof row.value === 'string') named.push(row.value);
  return named;
}

async function sizesOf(deps: Deps, digests: readonly string[]): Promise<{ digest: string; size: number }[]> {
  if (digests.length === 0) return [];
  const rows = await deps.db.all<Row & { digest: string; size: number }>(
    'SELECT digest, size FROM blobs WHERE digest IN (SELECT value FROM json_each(?)) ORDER BY digest',
    [JSON.stringify(digests)],
  );
  return rows.map(({ digest, size }) => ({ digest, size }));
}
