import type { Row } from '@tidemark/db/database';
import { watchProgress } from './alerts/watch-progress.ts';
import { abortAbandoned } from './archive/abort.ts';
import { adoptBlobs } from './blobs/adopt.ts';
import { expireUploads } from './blobs/expire-uploads.ts';
import { sweepBlobs } from './blobs/sweep.ts';
import type { Deps } from './deps.ts';
import { reapExpired } from './leases/reap.ts';
import { moveParts } from './metrics/move.ts';
import { fillFamilies } from './runs/fill-families.ts';
import { purgeTrash } from './runs/purge.ts';
import { surveyKeys } from './runs/survey-keys.ts';
import { deliverMessages } from './webhooks/deliver.ts';

const DAY = 86_400_000;

/**
 * What needs a clock: leases that ran out, the trash, bytes without a name, uploads that nobody goes on with, old claims, points of runs that have ended. Then the next alarm, only if something will be due: a
 * heartbeat never moves an alarm (each setting is a row written), so one may come early, find the lease renewed, and ask again.
 */
export async function tick(deps: Deps): Promise<void> {
  await reapExpired(deps);
  await purgeTrash(deps);
  const bytes = [await expireUploads(deps), await sweepBlobs(deps), await adoptBlobs(deps)];
  const abandoned = await abortAbandoned(deps);
  const unfinished = [await fillFamilies(deps), await surveyKeys(deps)].includes(true);
  const stalled = await watchProgress(deps);
  const message = await deliverMessages(deps);
  const move = await moveParts(deps);
  const now = deps.now();
  await deps.db.all('DELETE FROM claims WHERE created_at < ?', [now - DAY]);
  await deps.db.all('DELETE FROM requests WHERE created_at < ?', [now - DAY]);
  const [next] = await deps.db.all<Row & { lease: number | null; trash: number | null; request: number | null }>(
    `SELECT (SELECT MIN(expires) FROM live) AS lease, (SELECT MIN(deleted_at) FROM runs WHERE deleted_at IS NOT NULL) AS trash,
            (SELECT MIN(created_at) FROM requests) AS request`,
  );
  const times: number[] = [];
  if (next?.lease != null) times.push(next.lease);
  if (next?.trash != null) times.push(next.trash + deps.limits.trashDays * DAY);
  if (next?.request != null) times.push(next.request + DAY);
  for (const due of bytes) if (due !== null) times.push(due);
  if (stalled !== null) times.push(stalled);
  if (message !== null) times.push(message);
  if (move !== null) times.push(move);
  if (abandoned !== null) times.push(abandoned);
  if (unfinished) times.push(now + 1000);
  if (times.length > 0) deps.schedule(Math.max(now + 1000, Math.min(...times)));
}
