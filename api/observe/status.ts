import type { Row } from '@tidemark/db/database';
import type * as z from 'zod';
import type { RunStatus } from '../contract/runs.ts';
import type { Status } from '../contract/status.ts';
import type { Deps } from '../deps.ts';
import { projectFigures } from '../projects/figures.ts';
import { workerRows } from '../workers/rows.ts';

const MINUTE = 60_000;
/** Upkeep that begins later than this is a problem. */
const LATE_SECONDS = 60;
/** Less free than this, or than a hundredth of the disk, is a problem. */
const LEAST_FREE = 2 ** 30;
const NO_DIGEST = '0'.repeat(64);

type Runs = z.output<typeof Status>['runs'];
/** Counting runs reads each of them, so it is done this often at most. */
const counted = new WeakMap<object, { at: number; runs: Runs }>();

/** How a project and what it stands on are. Never fails: what does not work is said. */
export async function readStatus(deps: Deps): Promise<Status> {
  const now = deps.now();
  const problems: string[] = [];
  const database = await timed(async () => {
    const [row] = await deps.db.all('SELECT name FROM migrations ORDER BY name DESC LIMIT 1');
    return String(row?.name ?? '');
  });
  if (!database.ok) problems.push('The database does not answer.');
  const blobs = await timed(() => deps.blobs.size(NO_DIGEST));
  if (!blobs.ok) problems.push('The store of artifacts does not answer.');
  const rest = database.ok ? await figures(deps, now) : NOTHING;
  const host = (await deps.host?.()) ?? null;
  if (host && host.diskFreeBytes < Math.max(LEAST_FREE, host.diskBytes / 100)) {
    problems.push(`The disk is nearly full: ${Math.round(host.diskFreeBytes / 2 ** 20)} MiB are free.`);
  }
  const tick = deps.meter?.lastTick() ?? null;
  const upkeep = { ok: tick === null || (!tick.failed && tick.late < LATE_SECONDS), late: tick?.late ?? null };
  if (!upkeep.ok) problems.push(tick?.failed ? 'The upkeep broke; the log says why.' : 'The upkeep runs late.');
  return {
    ok: problems.length === 0,
    problems,
    project: deps.slug,
    version: deps.version,
    at: now,
    database: { ok: database.ok, ms: database.ms, schema: database.value ?? '', bytes: rest.databaseBytes },
    blobs: { ok: blobs.ok, ms: blobs.ms, bytes: rest.blobBytes },
    upkeep,
    runs: rest.runs,
    live: rest.live,
    queue: rest.queue,
    workers: rest.workers,
    host,
  };
}

interface Figures {
  readonly runs: Runs;
  readonly live: number;
  readonly queue: Status['queue'];
  readonly workers: Status['workers'];
  readonly blobBytes: number;
  readonly databaseBytes: number | null;
}

const NOTHING: Figures = {
  runs: {},
  live: 0,
  queue: { length: 0, oldestMs: null },
  workers: {},
  blobBytes: 0,
  databaseBytes: null,
};

async function figures(deps: Deps, now: number): Promise<Figures> {
  const [row] = await deps.db.all<Row & { live: number; queued: number; oldest: number | null }>(
    `SELECT (SELECT COUNT(*) FROM live) AS live, COUNT(*) AS queued, MIN(available_at) AS oldest
     FROM runs WHERE status = 'queued' AND deleted_at IS NULL`,
  );
  const workers: Record<string, number> = {};
  for (const { state } of await workerRows(deps)) workers[state] = (workers[state] ?? 0) + 1;
  const { bytes } = await projectFigures(deps, 60_000);
  return {
    runs: await runsByStatus(deps, now),
    live: Number(row?.live ?? 0),
    queue: { length: Number(row?.queued ?? 0), oldestMs: row?.oldest == null ? null : Math.max(0, now - row.oldest) },
    workers,
    blobBytes: bytes,
    databaseBytes: (await deps.databaseBytes?.()) ?? null,
  };
}

async function runsByStatus(deps: Deps, now: number): Promise<Runs> {
  const last = counted.get(deps.blobs);
  if (last && now - last.at < MINUTE) return last.runs;
  const rows = await deps.db.all<Row & { status: z.output<typeof RunStatus>; n: number }>(
    'SELECT status, COUNT(*) AS n FROM runs WHERE deleted_at IS NULL GROUP BY status',
  );
  const runs: Runs = Object.fromEntries(rows.map(({ status, n }) => [status, n]));
  counted.set(deps.blobs, { at: now, runs });
  return runs;
}

async function timed<T>(work: () => Promise<T>): Promise<{ ok: boolean; ms: number; value?: T }> {
  const start = performance.now();
  const took = () => Math.round((performance.now() - start) * 1000) / 1000;
  try {
    const value = await work();
    return { ok: true, ms: took(), value };
  } catch {
    return { ok: false, ms: took() };
  }
}
