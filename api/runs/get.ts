import type { checkpoints } from '@tidemark/db/schema/artifacts';
import type { attempts, events, runDocuments } from '@tidemark/db/schema/runs';
import { COMING_IN } from '../archive/coming-in.ts';
import type { Checkpoint, Run, RunDetail } from '../contract/runs.ts';
import type { Deps } from '../deps.ts';
import { notFound } from '../errors.ts';
import { presentRuns } from './present.ts';
import { explainWaits } from './waits.ts';

type Document = typeof runDocuments.$inferSelect;
type AttemptRow = typeof attempts.$inferSelect & { worker_name: string | null };
type CheckpointRow = typeof checkpoints.$inferSelect;
type EventRow = typeof events.$inferSelect;

/** A run as tables show it. Errors: not_found. */
export async function getRun(deps: Deps, id: string): Promise<Run> {
  const [run] = await explainWaits(deps, await presentRuns(deps.db, [id]));
  if (!run || (run.deletedAt !== null && (await comesIn(deps, id)))) throw notFound(`run ${id}`);
  return run;
}

async function comesIn(deps: Deps, id: string): Promise<boolean> {
  return (await deps.db.all(`SELECT 1 FROM runs WHERE id = ? AND ${COMING_IN}`, [id])).length > 0;
}

/** A run with its config, layers, attempts, checkpoints and the newest 1,000 events, oldest first. Errors: not_found. */
export async function getRunDetail(deps: Deps, id: string): Promise<RunDetail> {
  const run = await getRun(deps, id);
  const [documents, attemptRows, checkpointRows, eventRows] = (await deps.db.batch([
    { sql: 'SELECT written, resolved, layers FROM run_documents WHERE run = ?', params: [id] },
    {
      sql: `SELECT attempts.*, workers.name AS worker_name FROM attempts LEFT JOIN workers ON workers.id = attempts.worker
            WHERE run = ? ORDER BY attempt`,
      params: [id],
    },
    { sql: 'SELECT * FROM checkpoints WHERE run = ? ORDER BY step DESC, attempt DESC', params: [id] },
    {
      sql: "SELECT id, at, actor, type, detail FROM events WHERE run = ? AND type <> 'noted' ORDER BY id DESC LIMIT 1000",
      params: [id],
    },
  ])) as unknown as [Document[], AttemptRow[], CheckpointRow[], EventRow[]];
  const [document] = documents;
  return {
    ...run,
    config: document ? { written: document.written, resolved: JSON.parse(document.resolved) } : null,
    layers: document ? JSON.parse(document.layers) : null,
    attempts: attemptRows.map(attemptOf),
    checkpoints: checkpointRows.map(checkpointOf),
    events: eventRows
      .reverse()
      .map(({ id, at, actor, type, detail }) => ({ id, at, actor, type, detail: JSON.parse(detail) })),
  };
}

const attemptOf = (row: AttemptRow): RunDetail['attempts'][number] => ({
  attempt: row.attempt,
  worker: row.worker === null ? null : { id: row.worker, name: row.worker_name ?? row.worker },
  device: row.device,
  startedAt: row.started_at,
  endedAt: row.ended_at,
  outcome: row.outcome as RunDetail['attempts'][number]['outcome'],
  resumeStep: row.resume_step ?? -1,
});

const checkpointOf = (row: CheckpointRow): Checkpoint => ({
  step: row.step,
  epoch: row.epoch,
  attempt: row.attempt,
  digest: row.digest,
  size: row.size,
  createdAt: row.created_at,
  metrics: JSON.parse(row.metrics),
  kept: [...(row.best === 1 ? (['best'] as const) : []), ...(row.latest === 1 ? (['latest'] as const) : [])],
});
