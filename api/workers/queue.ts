import type { Row } from '@tidemark/db/database';
import type { Run } from '../contract/runs.ts';
import type { Deps } from '../deps.ts';
import { presentRuns } from '../runs/present.ts';
import { explainWaits } from '../runs/waits.ts';

/** Queued runs in the order they are claimed, each with the reason why it waits. */
export async function listQueue(deps: Deps, limit: number): Promise<{ runs: Run[]; total: number }> {
  const where = `status = 'queued' AND deleted_at IS NULL`;
  const [ids, count] = (await deps.db.batch([
    {
      sql: `SELECT id FROM runs WHERE ${where} ORDER BY priority DESC, available_at, ordinal, id LIMIT ?`,
      params: [limit],
    },
    { sql: `SELECT COUNT(*) AS n FROM runs WHERE ${where}` },
  ])) as [Row[], Row[]];
  const runs = await presentRuns(
    deps.db,
    ids.map((row) => String(row.id)),
  );
  return { runs: await explainWaits(deps, runs), total: Number(count[0]!.n) };
}
