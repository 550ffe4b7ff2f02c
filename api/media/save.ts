import type { Statement } from '@tidemark/db/database';
import type * as z from 'zod';
import type { MediaIn } from '../contract/media.ts';
import type { Deps } from '../deps.ts';
import { ApiError, invalid, notFound, staleAttempt } from '../errors.ts';
import { touchRun } from '../runs/touch.ts';
import type { Writer } from '../runs/writer.ts';

type Item = z.output<typeof MediaIn>;

interface Saving {
  readonly run: string;
  readonly items: readonly Item[];
  readonly writer: Writer;
  readonly actor: string;
}

/** Characters of one value as JSON: it is read and sent whole. */
const MOST = 262_144;

/**
 * Keeps media of an attempt, each by its key and step: another value replaces what the same attempt had there, the same one writes
 * nothing. All of a call are kept, or none. Errors: invalid_request, not_found (bytes that are not stored), too_large, stale_attempt.
 */
export async function saveMedia(deps: Deps, { run, items, writer, actor }: Saving): Promise<number> {
  const values = items.map(({ value }) => JSON.stringify(value));
  checkSizes(values);
  checkPlaces(items);
  await checkBlobs(deps, items);
  await checkCount(deps, run, items.length);
  const now = deps.now();
  const { held } = writer;
  const live = 'NOT EXISTS (SELECT 1 FROM live WHERE live.run = runs.id)';
  const results = await deps.db.batch([
    ...items.flatMap((item, i) => statementsOf({ item, data: values[i]!, run, writer, now })),
    { sql: `UPDATE live SET touched_at = ? WHERE run = ? AND touched_at < ?`, params: [now, run, now] },
    // What watches a live run looks at its row of `live`; of any other an event tells.
    {
      sql: `INSERT INTO events (at, actor, type, run, experiment_id, detail)
            SELECT ?, ?, 'media', id, experiment_id, ? FROM runs WHERE id = ? AND ${held.sql} AND ${live}`,
      params: [now, actor, JSON.stringify({ keys: [...new Set(items.map(({ key }) => key))] }), run, ...held.params],
    },
    { sql: `SELECT 1 AS ok FROM runs WHERE runs.id = ? AND ${held.sql}`, params: [run, ...held.params] },
  ]);
  if (results.at(-1)!.length === 0) throw staleAttempt();
  touchRun(deps, run);
  return items.length;
}

function statementsOf(one: { item: Item; data: string; run: string; writer: Writer; now: number }): Statement[] {
  const { item, data, run, now } = one;
  const { attempt, held } = one.writer;
  const { key, step, time, value } = item;
  // json_each has a column `key` too.
  const place = 'media.run = ? AND media.key = ? AND media.step = ? AND media.attempt = ?';
  const at = [run, key, step, attempt];
  const blobs = JSON.stringify(blobsOf(item));
  return [
    {
      sql: `INSERT INTO media (run, key, step, attempt, type, time, created_at, size, data)
            SELECT runs.id, ?, ?, ?, ?, ?, ?, ?, ? FROM runs WHERE runs.id = ? AND ${held.sql}
            ON CONFLICT (run, key, step, attempt) DO UPDATE SET type = excluded.type, time = excluded.time,
              created_at = excluded.created_at, size = excluded.size, data = excluded.data WHERE media.data <> excluded.data`,
      params: [key, step, attempt, value.type, time, now, data.length, data, run, ...held.params],
    },
    {
      sql: `DELETE FROM media_blobs WHERE media = (SELECT id FROM media WHERE ${place})
            AND digest NOT IN (SELECT value ->> 0 FROM json_each(?))
            AND EXISTS (SELECT 1 FROM runs WHERE runs.id = ? AND ${held.sql})`,
      params: [...at, blobs, run, ...held.params],
    },
    ...(value.type !== 'image'
      ? []
      : [
          {
            sql: `INSERT INTO media_blobs (media, digest, content_type)
                  SELECT media.id, blob.value ->> 0, blob.value ->> 1 FROM media CROSS JOIN json_each(?) AS blob
                  WHERE ${place} AND EXISTS (SELECT 1 FROM runs WHERE runs.id = ? AND ${held.sql})
                  ON CONFLICT (media, digest) DO NOTHING`,
            params: [blobs, ...at, run, ...held.params],
          },
        ]),
  ];
}

const blobsOf = ({ value }: Item): [digest: string, contentType: string][] =>
  value.type === 'image' ? value.images.map(({ digest, contentType }) => [digest, contentType]) : [];

function checkSizes(values: readonly string[]): void {
  for (const [i, { length }] of values.entries()) {
    if (length <= MOST) continue;
    throw new ApiError('too_large', `items.${i}.value has ${length} characters as JSON; ${MOST} are the most.`, {
      hint: 'Log fewer rows or points, or keep the whole as an artifact.',
      details: [{ path: ['items', i, 'value'], message: 'is too large', value: length, allowed: `≤ ${MOST}` }],
    });
  }
}

/** Of two values for one place the order would decide; the caller should. */
function checkPlaces(items: readonly Item[]): void {
  const places = new Set<string>();
  for (const [i, { key, step }] of items.entries()) {
    const place = `${step} ${key}`;
    if (places.has(place)) throw invalid(['items', i, 'key'], `${key} is given twice at step ${step}`);
    places.add(place);
  }
}

async function checkBlobs(deps: Deps, items: readonly Item[]): Promise<void> {
  const digests = [...new Set(items.flatMap(blobsOf).map(([digest]) => digest))];
  if (digests.length === 0) return;
  const [missing] = await deps.db.all(
    'SELECT value AS digest FROM json_each(?) WHERE value NOT IN (SELECT digest FROM blobs) LIMIT 1',
    [JSON.stringify(digests)],
  );
  if (missing) throw notFound(`blob ${missing.digest}; an image’s bytes are stored before it`);
}

async function checkCount(deps: Deps, run: string, more: number): Promise<void> {
  const { mediaPerRun } = deps.limits;
  const [row] = await deps.db.all('SELECT COUNT(*) AS n FROM media WHERE run = ?', [run]);
  if (Number(row!.n) + more > mediaPerRun) {
    throw new ApiError('too_large', `A run has at most ${mediaPerRun} media; this one has ${row!.n}.`, {
      hint: 'Log them at fewer steps.',
    });
  }
}
