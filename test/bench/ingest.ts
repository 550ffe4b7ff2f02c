// Logging through HTTP: four clients, each with a run of its own, batches of a thousand points of twenty keys; and what the
// database writes for small batches. MLflow's own server beside it, where a Python has it, in the same batches.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { appendBatch } from '@tidemark/api/metrics/append';
import { registerRun } from '@tidemark/api/runs/register';
import { ServerProcess } from '../faults/processes.ts';
import { openDeps, START } from '../support/open-libsql.ts';
import { type BenchOptions, median } from './bench.ts';
import { startMlflow } from './peers/mlflow.ts';
import { logCost } from './store/log-cost.ts';

const CLIENTS = 4;
const KEYS = 20;
const STEPS = 50;
const ROUNDS = 5;
const SECONDS = 2;
/** Of MLflow, which has had its warm-up in starting. */
const PEER_ROUNDS = 3;

const ROWS_BATCHES = 1000;

export async function bench({ report }: BenchOptions): Promise<void> {
  const rates: number[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-bench-'));
  const mlflow = await startMlflow('ingest', SECONDS);
  const theirs: number[] = [];
  const server = await ServerProcess.start(folder);
  try {
    // The first round is not counted.
    for (let round = 0; round <= ROUNDS; round++) {
      const began = performance.now();
      const batches = await Promise.all(
        Array.from({ length: CLIENTS }, () => logs(server, () => performance.now() - began < 1000 * SECONDS)),
      );
      const points = batches.reduce((sum, count) => sum + count, 0) * KEYS * STEPS;
      const rate = points / ((performance.now() - began) / 1000);
      const peer = round > 0 && round <= PEER_ROUNDS ? await mlflow?.measure() : null;
      if (round > 0) rates.push(rate);
      if (peer) theirs.push(Number(peer));
      console.error(`${Math.round(rate)} points/s${peer ? `, ${mlflow!.name} ${peer}` : ''}`);
    }
    const value = Math.round(median(rates));
    const peer = mlflow && theirs.length > 0 ? { peer: mlflow.name, peerValue: median(theirs) } : {};
    report({ bench: 'ingest', metric: 'native_points_per_second', value, unit: 'points/s', rounds: ROUNDS, ...peer });
    const rss = Number(server.rssMb.toFixed(1));
    report({ bench: 'ingest', metric: 'rss_mb', value: rss, unit: 'MB' });
  } finally {
    mlflow?.stop();
    await server.kill();
    rmSync(folder, { recursive: true, force: true });
  }
  let largestValue = 0;
  for (const keys of [1, 20, 200]) {
    const { most, largest } = await logCost({ keys });
    const metric = `log_1000_points_${keys}_keys_most_cpu_ms`;
    report({ bench: 'ingest', metric, value: Number(most.toFixed(1)), unit: 'ms' });
    largestValue = Math.max(largestValue, largest);
  }
  const kb = Number((largestValue / 1000).toFixed(0));
  report({ bench: 'ingest', metric: 'largest_value_kb', value: kb, unit: 'kB' });
  report({ bench: 'ingest', metric: 'rows_written_per_batch', value: await rowsPerBatch(), unit: 'rows' });
}

/** Steps of the batch with this number, of every key. */
const batchOf = (seq: number, steps: number) =>
  Array.from({ length: KEYS }, (_, key) => {
    const at = Array.from({ length: steps }, (_, i) => (seq - 1) * steps + i);
    return {
      key: `metric/${key}`,
      steps: at,
      times: at.map((step) => START + 100 * step),
      values: at.map((step) => Math.sin(step * 12.9898 + key)),
    };
  });

/** Logs to a run of its own for as long as it may; answers the number of batches. */
async function logs({ address: { url, token } }: ServerProcess, goesOn: () => boolean): Promise<number> {
  const post = async <T>(path: string, body: unknown): Promise<T> => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const response = await fetch(`${url}/api/v1${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  };
  const { id, session } = await post<{ id: string; session: { attempt: number; token: string } }>('/runs', {
    experiment: 'ingest',
  });
  const { attempt, token: lease } = session;
  let seq = 0;
  while (goesOn()) {
    seq++;
    await post(`/runs/${id}/log`, { attempt, token: lease, firstSeq: seq, lastSeq: seq, series: batchOf(seq, STEPS) });
  }
  return seq;
}

/** As the engine counts: a point of each key a batch, sealing and parts included. */
async function rowsPerBatch(): Promise<number> {
  const { deps, close } = await openDeps({}, ':memory:');
  const run = await registerRun(deps, { name: 'bench', scope: 'admin', tokenId: null }, { experiment: 'rows' });
  const holder = { run: run.id, attempt: 1, token: run.session!.token };
  const written = async () => Number((await deps.db.all('SELECT total_changes() AS n'))[0]!.n);
  const before = await written();
  for (let seq = 1; seq <= ROWS_BATCHES; seq++) {
    await appendBatch(deps, holder, { firstSeq: seq, lastSeq: seq, series: batchOf(seq, 1), lines: [] });
  }
  const rows = ((await written()) - before) / ROWS_BATCHES;
  await close();
  return Number(rows.toFixed(3));
}
