// Logging through HTTP: four clients, each with a run of its own, batches of a thousand points of twenty keys; and what the
// database writes for small batches.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { appendBatch } from '@tidemark/api/metrics/append';
import { registerRun } from '@tidemark/api/runs/register';
import { ServerProcess } from '../faults/processes.ts';
import { openDeps, START } from '../support/open-libsql.ts';
import { type BenchOptions, median } from './bench.ts';
import { logCost } from './store/log-cost.ts';

const CLIENTS = 4;
const KEYS = 20;
const STEPS = 50;
const BATCHES = 100;
const ROUNDS = 5;
const ROWS_BATCHES = 1000;

export async function bench({ report }: BenchOptions): Promise<void> {
  const rates: number[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-bench-'));
  const server = await ServerProcess.start(folder);
  try {
    // The first round is not counted.
    for (let round = 0; round <= ROUNDS; round++) {
      const began = performance.now();
      await Promise.all(Array.from({ length: CLIENTS }, () => logs(server)));
      const seconds = (performance.now() - began) / 1000;
      if (round > 0) rates.push((CLIENTS * BATCHES * KEYS * STEPS) / seconds);
      console.error(`${Math.round((CLIENTS * BATCHES * KEYS * STEPS) / seconds)} points/s`);
    }
    const value = Math.round(median(rates));
    report({ bench: 'ingest', metric: 'native_points_per_second', value, unit: 'points/s', rounds: ROUNDS });
    const rss = Number(server.rssMb.toFixed(1));
    report({ bench: 'ingest', metric: 'rss_mb', value: rss, unit: 'MB' });
  } finally {
    await server.kill();
    rmSync(folder, { recursive: true, force: true });
  }
  const { most, largest } = await logCost();
  report({ bench: 'ingest', metric: 'log_1000_points_most_cpu_ms', value: Number(most.toFixed(1)), unit: 'ms' });
  report({ bench: 'ingest', metric: 'largest_value_kb', value: Number((largest / 1000).toFixed(0)), unit: 'kB' });
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

async function logs({ address: { url, token } }: ServerProcess): Promise<void> {
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
  for (let seq = 1; seq <= BATCHES; seq++) {
    await post(`/runs/${id}/log`, { attempt, token: lease, firstSeq: seq, lastSeq: seq, series: batchOf(seq, STEPS) });
  }
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
