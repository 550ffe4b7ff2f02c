import type { Row } from '@tidemark/db/database';
import type * as z from 'zod';
import type { MediaType, mediaKeys as route } from '../contract/media.ts';
import type { Deps } from '../deps.ts';
import { requireRun } from '../runs/require.ts';
import { shownMedia } from './shown.ts';

type Found = Row & { key: string; type: MediaType; steps: string };

/** What media a run shows, by key and type. Errors: not_found. */
export async function mediaKeys(deps: Deps, run: string): Promise<z.output<typeof route.response>> {
  await requireRun(deps, run);
  const { sql, params = [] } = await shownMedia(deps, run, { where: '', params: [] });
  const rows = await deps.db.all<Found>(
    `${sql} SELECT key, type, json_group_array(step) AS steps FROM shown GROUP BY key, type ORDER BY key, type`,
    params,
  );
  return {
    keys: rows.map(({ key, type, steps }) => ({
      key,
      type,
      steps: (JSON.parse(steps) as number[]).toSorted((a, b) => a - b),
    })),
  };
}
