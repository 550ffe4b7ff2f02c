import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Database } from '@tidemark/db/database';
import { openLibsql } from '@tidemark/db/libsql';
import { migrate } from '@tidemark/db/migrate';
import { migrations } from '@tidemark/db/migrations/index';
import type { ServerConfig } from '../config.ts';
import { type Deps, defaultLimits } from '../deps.ts';
import { openDirectory } from '../directory/directory.ts';
import { directoryMigrations } from '../directory/migrations.ts';
import { createProject, type Project } from '../project.ts';
import { tick } from '../tick.ts';
import { VERSION } from '../version.ts';
import { openDisk } from './disk.ts';
import { createSockets, type Sockets } from './signals.ts';
import { createTimer, type Timer } from './timer.ts';

export interface OpenProject extends Project {
  readonly deps: Deps;
  readonly sockets: Sockets;
}

export interface Projects {
  /** Null for a slug that nobody created. */
  open(slug: string): Promise<OpenProject | null>;
  /** Opens a project whose slug enters the directory only afterwards: then it is whole. */
  prepare(slug: string): Promise<OpenProject>;
  readonly directory: ReturnType<typeof openDirectory>;
  close(): Promise<void>;
}

export interface Surroundings {
  readonly now: () => number;
  readonly rng: (length: number) => Uint8Array;
  readonly secret: string;
  readonly report: (error: unknown, requestId: string) => void;
}

/** The projects of a server, each opened when it is first asked for. */
export async function openProjects(config: ServerConfig, around: Surroundings): Promise<Projects> {
  const databases: Database[] = [];
  const timers: Timer[] = [];
  const opened = new Map<string, Promise<OpenProject>>();

  async function database(name: string): Promise<Database> {
    const url = config.database.replaceAll('{project}', name);
    if (url.startsWith('file:')) await mkdir(dirname(url.slice(5)), { recursive: true });
    const db = await openLibsql({ url, ...(config.databaseToken ? { authToken: config.databaseToken } : {}) });
    databases.push(db);
    return db;
  }

  async function build(slug: string): Promise<OpenProject> {
    const db = await database(slug);
    await migrate(db, migrations);
    const sockets = createSockets();
    const timer = createTimer(
      around.now,
      () => tick(deps),
      (error) => around.report(error, `tick of ${slug}`),
    );
    timers.push(timer);
    const deps: Deps = {
      ...around,
      db,
      blobs: openDisk(join(config.artifacts, slug)),
      signals: sockets,
      schedule: timer.schedule,
      slug,
      limits: defaultLimits,
      version: VERSION,
    };
    // What fell due while no server ran.
    timer.schedule(around.now());
    return { ...createProject(deps), deps, sockets };
  }

  function prepare(slug: string): Promise<OpenProject> {
    let project = opened.get(slug);
    if (!project) {
      project = build(slug);
      opened.set(slug, project);
      project.catch(() => opened.delete(slug));
    }
    return project;
  }

  // Not a slug, so never a project's.
  const directoryDb = await database('_directory');
  await migrate(directoryDb, directoryMigrations);
  const directory = openDirectory(directoryDb);
  return {
    directory,
    prepare,
    open: async (slug) => opened.get(slug) ?? ((await directory.has(slug)) ? prepare(slug) : null),
    async close() {
      await Promise.allSettled(opened.values());
      await Promise.all(timers.map((timer) => timer.stop()));
      for (const db of databases) db.close();
    },
  };
}
