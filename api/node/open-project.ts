import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Database } from '@tidemark/db/database';
import { openLibsql } from '@tidemark/db/libsql';
import { migrate } from '@tidemark/db/migrate';
import { migrations } from '@tidemark/db/migrations/index';
import type { ServerConfig } from '../config.ts';
import { type Deps, defaultLimits } from '../deps.ts';
import type { ProjectDirectory } from '../directory/port.ts';
import { createProject, type Project } from '../project.ts';
import { createTeller } from '../projects/teller.ts';
import { tick } from '../tick.ts';
import { VERSION } from '../version.ts';
import { openBlobs } from './blobs.ts';
import type { Surroundings } from './projects.ts';
import { createSockets, type Sockets } from './signals.ts';
import { createTimer, type Timer } from './timer.ts';
import { nodeWebhooks } from './webhooks.ts';

export interface OpenProject extends Project {
  readonly deps: Deps;
  readonly sockets: Sockets;
  readonly timer: Timer;
  /** Requests that are being answered, and messages being sent. */
  busy(): number;
  /** Waits for what is under way, five seconds at most, and lets go of the database. */
  close(): Promise<void>;
}

/** Where a project's database is. */
export const databaseUrl = (config: ServerConfig, name: string): string =>
  config.database.replaceAll('{project}', name);

export async function openDatabase(config: ServerConfig, name: string): Promise<Database> {
  const url = databaseUrl(config, name);
  if (url.startsWith('file:')) await mkdir(dirname(url.slice(5)), { recursive: true });
  return openLibsql({ url, ...(config.databaseToken ? { authToken: config.databaseToken } : {}) });
}

/** Opens a project's database, brings it up to date, and ticks: something may have fallen due meanwhile. */
export async function openProject(
  config: ServerConfig,
  around: Surroundings,
  slug: string,
  directory: ProjectDirectory,
): Promise<OpenProject> {
  const db = await openDatabase(config, slug);
  await migrate(db, migrations);
  const sockets = createSockets();
  const timer = createTimer(
    around.now,
    async (late) => {
      const start = performance.now();
      let failed = true;
      try {
        await tick(deps);
        await teller.tick();
        failed = false;
      } finally {
        around.meter?.ticked(late / 1000, (performance.now() - start) / 1000, failed);
      }
    },
    (error) => around.report(error, `tick of ${slug}`),
  );
  // Requests that are being answered, and what goes on in the background.
  const inside = new Set<Promise<unknown>>();
  let streams = 0;
  const stop = new AbortController();
  const teller = createTeller(() => deps, sockets);
  const deps: Deps = {
    ...around,
    db,
    blobs: openBlobs(config, slug),
    signals: teller.signals,
    schedule: timer.schedule,
    background(work) {
      const done = work
        .catch((error: unknown) => void (stop.signal.aborted || around.report(error, `background of ${slug}`)))
        .finally(() => inside.delete(done));
      inside.add(done);
    },
    slug,
    limits: { ...defaultLimits, requestsPerSecond: config.rateLimit },
    version: VERSION,
    webhooks: nodeWebhooks(config.privateWebhooks, stop.signal),
    ...(config.publicUrl === undefined ? {} : { publicUrl: config.publicUrl }),
    directory,
    databaseBytes: () => databaseBytes(databaseUrl(config, slug)),
  };
  timer.schedule(around.now());
  const project = createProject(deps);
  return {
    deps,
    sockets,
    timer,
    admit: project.admit,
    busy: () => inside.size + streams,
    async fetch(request, context) {
      const answer = project.fetch(request, context);
      inside.add(answer);
      try {
        const response = await answer;
        if (changes(request)) teller.settle();
        return isStream(response) ? counted(response, (by) => (streams += by)) : response;
      } finally {
        inside.delete(answer);
      }
    },
    async close() {
      sockets.closeAll('the project is closed');
      await timer.stop();
      await Promise.race([Promise.allSettled(inside), new Promise((resolve) => setTimeout(resolve, 5000).unref())]);
      // A message whose outcome is not written is sent again.
      stop.abort();
      db.close();
    },
  };
}

/** Of a database in a file, with its journal; null: it is not on this machine. */
async function databaseBytes(url: string): Promise<number | null> {
  if (!url.startsWith('file:')) return null;
  const sizes = await Promise.all([url.slice(5), `${url.slice(5)}-wal`].map((path) => stat(path).catch(() => null)));
  return sizes.reduce((sum, found) => sum + (found?.size ?? 0), 0);
}

/** What may change the project's figures and has no lease, whose end ticks anyway. */
const changes = ({ method, url }: Request): boolean =>
  method !== 'GET' && method !== 'HEAD' && !/\/api\/v1\/(leases|claims)|\/log$/.test(new URL(url).pathname);

/** A body that is read from the database while it is sent. */
const isStream = ({ headers, body }: Response): boolean =>
  body !== null &&
  !headers.has('content-length') &&
  !(headers.get('content-type') ?? '').startsWith('application/json');

function counted(response: Response, count: (by: number) => void): Response {
  count(1);
  let open = true;
  const done = (): void => {
    if (open) count(-1);
    open = false;
  };
  const reader: ReadableStreamDefaultReader<Uint8Array> = response.body!.getReader();
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done: ended, value } = await reader.read();
          if (!ended) return controller.enqueue(value);
          done();
          controller.close();
        } catch (error) {
          done();
          throw error;
        }
      },
      cancel(reason) {
        done();
        return reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
  return new Response(body, response);
}
