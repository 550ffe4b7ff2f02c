import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readConfig } from '@tidemark/api/config';
import { type RunningServer, startServer } from '@tidemark/api/node';
import { createProject, createToken, type FrontServer } from '../contract/front-server.ts';
import { START } from './open-libsql.ts';

export const PAGES = fileURLToPath(new URL('./pages', import.meta.url));

interface Node {
  readonly server: RunningServer;
  readonly clock: { now: number };
  readonly dataDir: string;
  users: number;
}

let started: Promise<Node> | undefined;
let projects = 0;

async function startNode(): Promise<Node> {
  const dataDir = await mkdtemp(join(tmpdir(), 'tidemark-node-'));
  const clock = { now: START };
  const server = await startServer(readConfig({ dataDir, port: 0, rateLimit: 'off' }), {
    now: () => clock.now,
    pages: PAGES,
  });
  return { server, clock, dataDir, users: 0 };
}

/** A fresh project on the server that `startServer` starts. */
export async function openNode(): Promise<FrontServer> {
  started ??= startNode();
  const node = await started;
  node.users++;
  const { url, token: admin } = node.server;
  const slug = `t${++projects}`;
  const owner = await createProject(url, admin, slug);
  const base = `${url}/p/${slug}`;
  return {
    url,
    slug,
    owner,
    admin,
    blobLimit: 5 * 2 ** 30,
    fetch: (path, init) => fetch(`${base}${path}`, init),
    token: (scope) => createToken(base, owner, scope),
    now: () => node.clock.now,
    advance: async (ms) => {
      node.clock.now += ms;
    },
    close: async () => {
      if (--node.users > 0) return;
      started = undefined;
      await node.server.close();
      await rm(node.dataDir, { recursive: true, force: true });
    },
  };
}
