import { fileURLToPath } from 'node:url';
import {
  type Database,
  DatabaseError,
  type DatabaseErrorKind,
  type Row,
  type SqlValue,
  type Statement,
} from '@tidemark/db/database';
import { build } from 'esbuild';
import { Miniflare, Response as PageResponse } from 'miniflare';
import { Agent, setGlobalDispatcher } from 'undici';
import { createProject, type FrontServer } from '../contract/front-server.ts';
import type { TestServer } from '../contract/server.ts';
import { START } from './open-libsql.ts';
import { decode, encode } from './wire-values.ts';

const ADMIN = `tdm${'a0'.repeat(18)}b`;

interface Workerd {
  readonly url: string;
  control<T>(slug: string, name: string, body?: object): Promise<T>;
}

let started: Promise<Workerd> | undefined;
let projects = 0;

/**
 * One real workerd for all suites of a file: the product's edge, bundled as it is deployed, with its Durable Objects and R2, spoken
 * to over HTTP. It ends with the process.
 */
async function startWorkerd(settings: Record<string, string>): Promise<Workerd> {
  // A connection a request: on a busy machine a kept one is closed by workerd just as it is used again.
  setGlobalDispatcher(new Agent({ pipelining: 0 }));
  const bundle = await build({
    entryPoints: [fileURLToPath(new URL('../edge/worker.ts', import.meta.url))],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    external: ['cloudflare:workers'],
    conditions: ['workerd', 'worker', 'browser'],
    logLevel: 'error',
  });
  const miniflare = new Miniflare({
    modules: true,
    script: bundle.outputFiles[0]!.text,
    compatibilityDate: '2026-04-01',
    durableObjects: {
      // The clock of a test lives in the object's memory.
      TESTED: { className: 'TestProject', useSQLite: true, unsafePreventEviction: true },
      DIRECTORY: { className: 'DirectoryObject', useSQLite: true },
      DATABASES: { className: 'TestDatabase', useSQLite: true },
    },
    r2Buckets: ['BLOBS'],
    bindings: {
      TIDEMARK_ADMIN_TOKEN: ADMIN,
      TIDEMARK_PRIVATE_WEBHOOKS: 'true',
      TIDEMARK_RATE_LIMIT: 'off',
      ...settings,
    },
    serviceBindings: { ASSETS: () => new PageResponse('<!doctype html><title>the dashboard</title>') },
  });
  const url = String(await miniflare.ready).replace(/\/$/, '');
  return {
    url,
    async control<T>(slug: string, name: string, body: object = {}) {
      const response = await fetch(`${url}/test/${slug}/${name}`, { method: 'POST', body: JSON.stringify(body) });
      if (!response.ok) throw new Error(`${name} of ${slug}: ${response.status} ${await response.text()}`);
      return (await response.json()) as T;
    },
  };
}

export interface WorkerdServer extends TestServer, FrontServer {
  /** One of the controls of test/edge/worker.ts. */
  control<T = unknown>(name: string, body?: object): Promise<T>;
}

/** A fresh project in workerd. Settings count for the first of a file. */
export async function openWorkerd(settings: Record<string, string> = {}): Promise<WorkerdServer> {
  started ??= startWorkerd(settings);
  const { url, control } = await started;
  const slug = `t${++projects}`;
  let now = START;
  await control(slug, 'clock', { to: now });
  const owner = await createProject(url, ADMIN, slug);
  const rows = async (): Promise<number> => (await control<{ rows: number }>(slug, 'rows')).rows;
  return {
    url,
    slug,
    owner,
    admin: ADMIN,
    blobLimit: 100_000_000,
    fetch: (path, init) => fetch(`${url}/p/${slug}${path}`, init),
    token: async (scope) => (await control<{ secret: string }>(slug, 'token', { scope })).secret,
    now: () => now,
    advance: async (ms) => {
      now += ms;
      await control(slug, 'clock', { to: now });
    },
    tick: (wait = true) => control(slug, 'tick', { wait }),
    rowsWritten: async (work) => {
      const before = await rows();
      await work();
      return (await rows()) - before;
    },
    control: (name, body) => control(slug, name, body),
    close: async () => {},
  };
}

let databases = 0;

/** A fresh database in a Durable Object, by the product's driver. */
export async function openWorkerdDatabase(): Promise<Database> {
  started ??= startWorkerd({});
  const { url } = await started;
  const name = `d${++databases}`;
  async function run<T>(statements: readonly Statement[], how: keyof Database): Promise<T[][]> {
    const body = encode({ statements, how });
    const response = await fetch(`${url}/database/${name}`, { method: 'POST', body });
    if (!response.ok) throw new Error(`database ${name}: ${response.status} ${await response.text()}`);
    const reply = decode(await response.text()) as { rows: T[][] } | { kind: DatabaseErrorKind; message: string };
    if ('kind' in reply) throw new DatabaseError(reply.kind, new Error(reply.message));
    return reply.rows;
  }
  return {
    all: async <T extends Row>(sql: string, params?: readonly SqlValue[]) =>
      (await run<T>([{ sql, ...(params ? { params } : {}) }], 'all'))[0]!,
    batch: (statements) => run(statements, 'batch'),
    values: async (sql, params) => (await run<SqlValue[]>([{ sql, ...(params ? { params } : {}) }], 'values'))[0]!,
    batchValues: (statements) => run(statements, 'batchValues'),
    close: () => {},
  };
}
