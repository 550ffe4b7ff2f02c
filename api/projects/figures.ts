import type { Row } from '@tidemark/db/database';
import type { Deps } from '../deps.ts';
import type { ProjectFigures } from '../directory/port.ts';
import { projectState } from './state.ts';

/** Adding the sizes up reads a row a blob, so nobody who only looks in passing has it done more often. */
const BYTES_EVERY = 3_600_000;
const counted = new WeakMap<object, { at: number; bytes: number }>();

/** What the project amounts to just now. @param bytesAge how old `bytes` may be (ms) */
export async function projectFigures(deps: Deps, bytesAge = BYTES_EVERY): Promise<ProjectFigures> {
  const now = deps.now();
  const last = counted.get(deps.blobs);
  const stale = !last || now - last.at >= bytesAge;
  const [[row], [size]] = (await deps.db.batch([
    {
      // An experiment knows how many runs were registered in it: to count them would read each.
      sql: `SELECT (SELECT COALESCE(SUM(next_ordinal - 1), 0) FROM experiments) AS runs,
              (SELECT COUNT(*) FROM live) AS running,
              (SELECT at FROM events ORDER BY id DESC LIMIT 1) AS last`,
    },
    { sql: `SELECT COALESCE(SUM(size), 0) AS bytes FROM blobs WHERE ?`, params: [stale ? 1 : 0] },
  ])) as [[Row], [Row]];
  const bytes = stale ? Number(size.bytes) : last.bytes;
  if (stale) counted.set(deps.blobs, { at: now, bytes });
  const { title, archivedAt } = await projectState(deps);
  return {
    title,
    archivedAt,
    runs: Number(row.runs),
    running: Number(row.running),
    lastActivityAt: row.last === null ? null : Number(row.last),
    bytes,
  };
}
