import type { Row } from '@tidemark/db/database';
import type * as z from 'zod';
import type { diffDatasets as route } from '../contract/datasets.ts';
import type { Deps } from '../deps.ts';
import { invalid } from '../errors.ts';
import { compareManifests, type Entry } from './compare.ts';
import { findDataset } from './find.ts';

type Reply = z.output<typeof route.response>;

/**
 * A page of what one version has otherwise than another, by path; the cursor is the number of changes before the page. Both
 * manifests never change, so neither do pages. Errors: not_found, invalid_request.
 */
export async function diffDatasets(
  deps: Deps,
  ref: string,
  { to, limit, cursor = '0' }: { to: string; limit: number; cursor?: string | undefined },
): Promise<Reply> {
  if (!/^\d{1,9}$/.test(cursor)) throw invalid(['query', 'cursor'], 'is not a cursor of this list', { value: cursor });
  const first = Number(cursor);
  const [from, other] = [await findDataset(deps, ref), await findDataset(deps, to)];
  const [before, after] = [await manifest(deps, from.id), await manifest(deps, other.id)];
  const { changes, moved, unchanged } = compareManifests(before, after);
  const count = (what: string): number => changes.filter(({ change }) => change === what).length;
  const names = new Set([...Object.keys(from.folders), ...Object.keys(other.folders)]);
  const folders = [...names]
    .map((name): [string, [number, number]] => [name, [from.folders[name] ?? 0, other.folders[name] ?? 0]])
    .filter(([, [a, b]]) => a !== b);
  return {
    from,
    to: other,
    counts:
      first > 0
        ? null
        : {
            added: count('added'),
            removed: count('removed'),
            changed: count('changed'),
            moved,
            unchanged,
            sizeBefore: from.size,
            sizeAfter: other.size,
          },
    folders: Object.fromEntries(folders),
    files: changes.slice(first, first + limit),
    next: first + limit < changes.length ? String(first + limit) : null,
  };
}

async function manifest(deps: Deps, id: number): Promise<Entry[]> {
  const rows = await deps.db.all<Row & { data: string }>(
    'SELECT data FROM dataset_parts WHERE dataset_id = ? ORDER BY part',
    [id],
  );
  return rows.flatMap(({ data }) => JSON.parse(data) as Entry[]);
}
