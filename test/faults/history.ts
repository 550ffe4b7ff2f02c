import { listArtifacts } from '@tidemark/api/contract/artifacts';
import { toNumber } from '@tidemark/api/contract/common';
import { readMetrics } from '@tidemark/api/contract/metrics';
import { createRun, getRun, type RunDetail } from '@tidemark/api/contract/runs';
import type { Client } from '@tidemark/client';
import { until } from '../support/until.ts';

export const KEYS = ['batch/loss', 'batch/accuracy', 'loss', 'accuracy', 'val_loss', 'val_accuracy', 'epoch'];
/** Of runs whose config asks for them. */
const MORE = ['batch/learning_rate', 'learning_rate', 'auc', 'val_auc', 'f1/along'];
const LAST = ['test/loss', 'test/accuracy'];

export async function submit(client: Client, config: Record<string, unknown>): Promise<string> {
  const { id } = await client.call(createRun, { body: { experiment: 'faults', config } });
  return id;
}

/** The run once it has ended. */
export function ended(client: Client, id: string, seconds = 120): Promise<RunDetail> {
  return until(
    `run ${id} to end`,
    async () => {
      const run = await client.call(getRun, { params: { id } });
      return ['finished', 'failed', 'cancelled', 'pruned'].includes(run.status) ? run : null;
    },
    seconds,
  );
}

/** Everything that two runs with the same seed must have in common, whatever happened to them. */
export async function historyOf(client: Client, id: string) {
  const { series } = await client.call(readMetrics, {
    query: { runs: [id], keys: [...KEYS, ...MORE, ...LAST], points: 5000 },
  });
  const run = await client.call(getRun, { params: { id } });
  const { artifacts } = await client.call(listArtifacts, { params: { id } });
  const points = series
    .map(({ key, exact, step, value }) => ({ key, exact, points: step.map((s, i) => [s, toNumber(value[i]!)]) }))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
  const newest = (kept: 'best' | 'latest') => run.checkpoints.find((checkpoint) => checkpoint.kept.includes(kept));
  return {
    status: run.status,
    points,
    best: newest('best')?.digest,
    latest: newest('latest')?.digest,
    files: artifacts.map(({ path, digest }) => [path, digest]),
  };
}
