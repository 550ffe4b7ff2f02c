import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serve } from '@hono/node-server';
import { type Deps, defaultLimits, type Signals } from '@tidemark/api/deps';
import { sha256Hex } from '@tidemark/api/hash';
import { openDisk } from '@tidemark/api/node/disk';
import { nodeWebhooks } from '@tidemark/api/node/webhooks';
import { createProject } from '@tidemark/api/project';
import { tick } from '@tidemark/api/tick';
import type { Database, Row, SqlValue } from '@tidemark/db/database';
import { openLibsql } from '@tidemark/db/libsql';
import { migrate } from '@tidemark/db/migrate';
import { migrations } from '@tidemark/db/migrations/index';
import type { TestServer } from '../contract/server.ts';

/** A moment to start the clocks of tests at. */
export const START = 1_764_000_000_000;

/** Signals that only count: suites of sockets open their own. */
export function countingSignals(): Signals & { readonly published: string[] } {
  const published: string[] = [];
  return { published, publish: (topic) => void published.push(topic), watching: () => 0 };
}

export interface OpenDeps {
  readonly deps: Deps;
  readonly clock: { now: number };
  readonly scheduled: number[];
  /** Waits for what goes on in the background. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

/** Everything a project's app needs, over a fresh libSQL file and folder; or over `:memory:`, where thousands are opened. */
export async function openDeps(overrides: Partial<Deps> = {}, url?: string): Promise<OpenDeps> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-test-'));
  const db = await openLibsql({ url: url ?? `file:${join(folder, 'project.db')}` });
  await migrate(db, migrations);
  const clock = { now: START };
  const scheduled: number[] = [];
  const background = new Set<Promise<void>>();
  const deps: Deps = {
    db,
    blobs: openDisk(join(folder, 'blobs')),
    signals: countingSignals(),
    schedule: (at) => void scheduled.push(at),
    background(work) {
      const done = work.catch((error) => console.error(error)).finally(() => background.delete(done));
      background.add(done);
    },
    now: () => clock.now,
    rng: (length) => new Uint8Array(randomBytes(length)),
    secret: 'a secret of the tests',
    slug: 'default',
    // The clock of a test stands still, so a bucket would never fill again.
    limits: { ...defaultLimits, requestsPerSecond: 0 },
    version: '0.0.0-test',
    webhooks: nodeWebhooks(true),
    report: (error) => console.error(error),
    ...overrides,
  };
  return {
    deps,
    clock,
    scheduled,
    settled: async () => {
      while (background.size > 0) await Promise.all(background);
    },
    close: async () => {
      db.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Counts what commits. `total_changes()` belongs to one connection, so it is read inside each transaction. */
function counting(db: Database): { db: Database; written: () => number } {
  let rows = 0;
  const probe = { sql: 'SELECT total_changes() AS n' };
  const batch: Database['batch'] = async (statements) => {
    const results = await db.batch([probe, ...statements, probe]);
    rows += Number(results.at(-1)![0]!.n) - Number(results[0]![0]!.n);
    return results.slice(1, -1);
  };
  const batchValues: Database['batchValues'] = async (statements) => {
    const results = await db.batchValues([probe, ...statements, probe]);
    rows += Number(results.at(-1)![0]![0]) - Number(results[0]![0]![0]);
    return results.slice(1, -1);
  };
  return {
    written: () => rows,
    db: {
      batch,
      batchValues,
      values: async (sql, params = []) => (await batchValues([{ sql, params }]))[0]!,
      all: async <T extends Row>(sql: string, params: readonly SqlValue[] = []) => {
        const [result] = await batch([{ sql, params }]);
        return result as T[];
      },
      close: () => db.close(),
    },
  };
}

/** Node + libSQL over real HTTP, with the clock in the test's hand. */
export async function openLibsqlServer(overrides: Partial<Deps> = {}): Promise<TestServer> {
  const { deps: plain, clock, settled, close } = await openDeps(overrides);
  const { db, written } = counting(plain.db);
  const deps = { ...plain, db };
  const project = createProject(deps);
  const server = await new Promise<ReturnType<typeof serve>>((resolve) => {
    const opened = serve({ fetch: (request) => project.fetch(request), port: 0, hostname: '127.0.0.1' }, () =>
      resolve(opened),
    );
  });
  const { port } = server.address() as AddressInfo;
  return {
    fetch: (path, init) => fetch(`http://127.0.0.1:${port}${path}`, init),
    token: async (scope) => {
      const secret = `tdm${[...randomBytes(37)].map((byte) => (byte % 36).toString(36)).join('')}`;
      await deps.db.all('INSERT INTO tokens (name, scope, hash, created_at, last_used_at) VALUES (?, ?, ?, ?, ?)', [
        `a ${scope} token`,
        scope,
        await sha256Hex(secret),
        clock.now,
        // Used just now: the first use is not to be counted among a call's rows.
        clock.now,
      ]);
      return secret;
    },
    now: () => clock.now,
    advance: async (ms) => {
      clock.now += ms;
    },
    tick: async (wait = true) => {
      await tick(deps);
      if (wait) await settled();
    },
    rowsWritten: async (work) => {
      const before = written();
      await work();
      return written() - before;
    },
    close: async () => {
      await new Promise((resolve) => server.close(resolve));
      await close();
    },
  };
}
