import type { Row } from '@tidemark/db/database';
import type { Deps } from '../deps.ts';
import { dropUpload } from './drop-upload.ts';
import { UPLOAD_KEPT } from './upload.ts';

const AT_ONCE = 20;

/** Gives up what nobody went on with for a day; answers when the next is due, or null. */
export async function expireUploads(deps: Deps): Promise<number | null> {
  const now = deps.now();
  const [wanted] = await deps.db.all<Row & { due: number }>("SELECT due FROM upkeep WHERE name = 'uploads'");
  if (!wanted || wanted.due > now) return wanted?.due ?? null;
  const old = await deps.db.all<Row & { digest: string }>(
    `SELECT digest FROM uploads WHERE touched_at <= ? ORDER BY touched_at LIMIT ${AT_ONCE}`,
    [now - UPLOAD_KEPT],
  );
  for (const { digest } of old) await dropUpload(deps, digest);
  const [, , rest] = await deps.db.batch([
    {
      sql: "UPDATE upkeep SET due = COALESCE((SELECT MIN(touched_at) FROM uploads), 0) + ? WHERE name = 'uploads'",
      params: [UPLOAD_KEPT],
    },
    { sql: "DELETE FROM upkeep WHERE name = 'uploads' AND NOT EXISTS (SELECT 1 FROM uploads)" },
    { sql: "SELECT due FROM upkeep WHERE name = 'uploads'" },
  ]);
  const due = (rest as (Row & { due: number })[])[0]?.due;
  return due === undefined ? null : Math.max(now + 1000, due);
}
