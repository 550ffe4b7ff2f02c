import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finishAttempt } from '@tidemark/api/leases/finish';
import { appendBatch } from '@tidemark/api/metrics/append';
import { registerRun } from '@tidemark/api/runs/register';
import { ServerProcess } from '../../faults/processes.ts';
import { openDeps, START } from '../../support/open-libsql.ts';

const user = { name: 'bench', scope: 'admin', tokenId: null } as const;

export interface Stored {
  readonly server: ServerProcess;
  /** Ids of the runs, in the order asked for. */
  readonly runs: readonly string[];
  get(path: string): Promise<string>;
  close(): Promise<void>;
}

/**
 * A server over a database in which runs of so many points of `loss` are stored already, logged in batches of a thousand and ended. Filled by the
 * log verb itself, without HTTP between.
 */
export async function storedSeries(sizes: readonly number[]): Promise<Stored> {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-bench-'));
  const server = await ServerProcess.start(folder);
  await server.kill();
  const opened = await openDeps({}, `file:${join(folder, 'projects', 'default.db')}`);
  const runs: string[] = [];
  for (const [index, size] of sizes.entries()) {
    const { id: run, session } = await registerRun(opened.deps, user, { experiment: 'bench' });
    const holder = { run, attempt: 1, token: session!.token };
    let seq = 0;
    for (let start = 0; start < size; start += 1000) {
      const steps = Array.from({ length: Math.min(1000, size - start) }, (_, i) => start + i);
      const series = [
        {
          key: 'loss',
          steps,
          times: steps.map((step) => START + 100 * step),
          values: steps.map((step) => Math.exp(-step / size) + Math.sin(step * 12.9898 + index) / 10),
        },
      ];
      seq++;
      await appendBatch(opened.deps, holder, { firstSeq: seq, lastSeq: seq, series, lines: [] });
    }
    await finishAttempt(opened.deps, { holder, finalSeq: seq, outcome: 'finished', actor: 'bench' });
    runs.push(run);
  }
  await opened.close();
  await server.restart();
  const { url, token } = server.address;
  return {
    server,
    runs,
    get: async (path) => {
      const response = await fetch(`${url}/api/v1${path}`, { headers: { authorization: `Bearer ${token}` } });
      const text = await response.text();
      if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
      return text;
    },
    close: async () => {
      await server.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Milliseconds of each of so many calls, one after the other. */
export async function timed(rounds: number, call: (round: number) => Promise<unknown>): Promise<number[]> {
  const all: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const began = performance.now();
    await call(round);
    all.push(performance.now() - began);
  }
  return all;
}

/** The value below which so large a share lies; of few values, the next higher. */
export const quantile = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.ceil(share * values.length) - 1)]!;
