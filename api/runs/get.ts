import type { Row } from '@tidemark/db/database';
import type { Checkpoint, Run, RunDetail } from '../contract/runs.ts';
import type { Deps } from '../deps.ts';
import { notFound } from '../errors.ts';
import { presentRuns } from './present.ts';
import { explainWaits } from './waits.ts';

/** A run as tables show it. Errors: not_found. */
export async function getRun(deps: Deps, id: string): Promise<Run> {
  const [run] = await explainWaits(deps, await presentRuns(deps.db, [id]));
  if (!run) throw notFound(`run ${id}`);
  return run;
}

/** A run with its config, layers, attempts, checkpoints and the newest 1,000 events, oldest first. Errors: not_found. */
export async function getRunDetail(deps: Deps, id: string): Promise<RunDetail> {
  const run = await getRun(deps, id);
  const [documents, attempts, checkpoints, events] = (await deps.db.batch([
    { sql: 'SELECT written, resolved, layers FROM run_documents WHERE run = ?', params: [id] },
    {
      sql: `SELECT attempts.*, workers.name AS worker_name FROM attempts LEFT JOIN workers ON workers.id = attempts.worker
            WHERE run = ? ORDER BY attempt`,
      params: [id],
    },
    { sql: 'SELECT * FROM checkpoints WHERE run = ? ORDER BY step DESC, attempt DESC', params: [id] },
    { sql: 'SELECT id, at, actor, type, detail FROM events WHERE run = ? ORDER BY id DESC LIMIT 1000', params: [id] },
  ])) as [Row[], Row[], Row[], Row[]];
  const [document] = documents;
  return {
    ...run,
    config: document ? { written: String(document.written), resolved: JSON.parse(String(document.resolved)) } : null,
    layers: document ? JSON.parse(String(document.layers)) : null,
    attempts: attempts.map(attemptOf),
    checkpoints: checkpoints.map(checkpointOf),
    events: events.reverse().map((row) => ({
      id: Number(row.id),
      at: Number(row.at),
      actor: String(row.actor),
      type: String(row.type),
      detail: JSON.parse(String(row.detail)),
    })),
  };
}

const attemptOf = (row: Row): RunDetail['attempts'][number] => ({
  attempt: Number(row.attempt),
  worker: row.worker === null ? null : { id: String(row.worker), name: String(row.worker_name ?? row.worker) },
  device: row.device === null ? null : String(row.device),
  startedAt: Number(row.started_at),
  endedAt: row.ended_at === null ? null : Number(row.ended_at),
  outcome: row.outcome as RunDetail['attempts'][number]['outcome'],
  resumeStep: row.resume_step === null ? -1 : Number(row.resume_step),
});

const checkpointOf = (row: Row): Checkpoint => ({
  step: Number(row.step),
  epoch: Number(row.epoch),
  attempt: Number(row.attempt),
  digest: String(row.digest),
  size: Number(row.size),
  createdAt: Number(row.created_at),
  metrics: JSON.parse(String(row.metrics)),
  kept: [...(row.best === 1 ? (['best'] as const) : []), ...(row.latest === 1 ? (['latest'] as const) : [])],
});
