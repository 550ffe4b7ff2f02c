import { randomBytes } from 'node:crypto';
import { copyFile, mkdtemp, readdir, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '@tidemark/api/config';
import { claimRun } from '@tidemark/api/leases/claim';
import { openProjects, type Projects } from '@tidemark/api/node/projects';
import { deleteRun } from '@tidemark/api/runs/delete';
import { registerRun } from '@tidemark/api/runs/register';
import { createToken } from '@tidemark/api/tokens/create';
import { helloWorker } from '@tidemark/api/workers/hello';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { config as runConfig } from '../../contract/documents.ts';
import { START } from '../../support/open-libsql.ts';

const MINUTE = 60_000;
const user = { name: 'tester', scope: 'admin', tokenId: null } as const;

let dataDir: string;
let clock: { now: number };
let projects: Projects;
const start = async () => {
  projects = await openProjects(readConfig({ dataDir, idleMinutes: 15 }), {
    now: () => clock.now,
    rng: (length) => new Uint8Array(randomBytes(length)),
    secret: 'of the tests',
    report: (error, what) => {
      throw new Error(what, { cause: error });
    },
  });
};

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'tidemark-idle-'));
  clock = { now: START };
  await start();
});
afterEach(async () => {
  await projects.close();
  await rm(dataDir, { recursive: true, force: true });
});

const create = async (slug: string) => {
  const project = await projects.prepare(slug);
  await projects.directory.add(slug, clock.now);
  // Its first tick, so that nothing is due any more.
  await project.timer.settled();
  return project;
};
const ask = async (slug: string): Promise<number> =>
  (await (await projects.open(slug))!.fetch(new Request('http://localhost/healthz'))).status;

describe('a project that nobody uses', () => {
  test('is closed after its minutes and opened when it is asked for, with everything in it', async () => {
    const { deps } = await create('a');
    const run = await registerRun(deps, user, { experiment: 'e' });
    await deps.db.all('DELETE FROM live');
    clock.now += 14 * MINUTE;
    await projects.closeIdle();
    expect(projects.opened()).toEqual(['a']);
    clock.now += 2 * MINUTE;
    await projects.closeIdle();
    expect(projects.opened()).toEqual([]);
    expect(await ask('a')).toBe(200);
    const again = (await projects.open('a'))!;
    expect(await again.deps.db.all('SELECT id FROM runs')).toEqual([{ id: run.id }]);
  });

  test('stays open while somebody holds a lease', async () => {
    const { deps } = await create('a');
    await registerRun(deps, user, { experiment: 'e', config: runConfig() });
    const host = { hostname: 'h', os: 'l', cpu: 'c', cores: 1, memory: 1, gpus: [], node: '20', version: '0' };
    const worker = { name: 'w', labels: [], slots: 1, engine: 'onnx', device: 'cpu', host, state: 'active' } as const;
    await helloWorker(deps, 'w', { ...worker, labels: [] });
    expect((await claimRun(deps, { claimId: 'claim-one', worker: 'w', labels: [] })).lease).not.toBeNull();
    clock.now += 60 * MINUTE;
    await projects.closeIdle();
    expect(projects.opened()).toEqual(['a']);
  });

  test('stays open while a reply is being read', async () => {
    const project = await create('a');
    const run = await registerRun(project.deps, user, { experiment: 'e' });
    const token = await createToken(project.deps, { name: 't', scope: 'read' });
    await project.deps.db.all('DELETE FROM live');
    const request = new Request(`http://localhost/api/v1/runs/${run.id}/history`, {
      headers: { authorization: `Bearer ${token.secret}` },
    });
    const response = await project.fetch(request);
    clock.now += 60 * MINUTE;
    await projects.closeIdle();
    expect(projects.opened()).toEqual(['a']);
    await response.text();
    await projects.closeIdle();
    expect(projects.opened()).toEqual([]);
  });

  test('that has something to do later is known to the next server, which does it', async () => {
    const { deps } = await create('a');
    const run = await registerRun(deps, user, { experiment: 'e' });
    await deps.db.all('DELETE FROM live');
    await deleteRun(deps, user, run.id);
    await (await projects.open('a'))!.timer.settled();
    clock.now += 20 * MINUTE;
    await projects.closeIdle();
    expect(projects.opened()).toEqual([]);
    expect(await projects.directory.dues()).toEqual([{ slug: 'a', at: expect.any(Number) }]);
    await projects.close();
    clock.now += 31 * 86_400_000;
    await start();
    await expect.poll(() => projects.opened()).toEqual(['a']);
    const again = (await projects.open('a'))!;
    await again.timer.settled();
    expect(await again.deps.db.all('SELECT id FROM runs')).toEqual([]);
  });

  test('one that is being deleted when the server stops is deleted by the next', async () => {
    await create('gone');
    await projects.directory.doom('gone');
    await projects.close();
    await start();
    await expect.poll(() => projects.directory.get('gone')).toBeNull();
    expect(await readdir(join(dataDir, 'projects'))).not.toContain('gone.db');
  });
});

test('200 projects cost what the open ones cost', async () => {
  await create('p0');
  clock.now += 20 * MINUTE;
  await projects.closeIdle();
  const folder = join(dataDir, 'projects');
  for (let i = 1; i < 200; i++) {
    await copyFile(join(folder, 'p0.db'), join(folder, `p${i}.db`));
    await projects.directory.add(`p${i}`, clock.now);
  }
  const files = async () =>
    (await openFiles()).filter((name) => name.startsWith(folder) && /\/p\d+\.db/.test(name)).length;
  let most = 0;
  const rss: number[] = [];
  for (let first = 0; first < 200; first += 20) {
    const some = Array.from({ length: 20 }, (_, i) => `p${first + i}`);
    expect(new Set(await Promise.all(some.map(ask)))).toEqual(new Set([200]));
    for (const slug of some) await (await projects.open(slug))!.timer.settled();
    most = Math.max(most, projects.opened().length);
    rss.push(process.memoryUsage().rss / 2 ** 20);
    clock.now += 16 * MINUTE;
    await projects.closeIdle();
  }
  expect(most).toBe(20);
  expect(projects.opened()).toEqual([]);
  // The driver lets go of a closed file with the next garbage collection: never more than a few rounds wait for it.
  expect(await files()).toBeLessThan(3 * 100);
  // 200 open ones would be ten times the first twenty.
  const [first] = rss as [number];
  expect(Math.max(...rss.slice(1)) - first, `MB: ${rss.map(Math.round).join(' ')}`).toBeLessThan(120);
}, 120_000);

/** What this process has open, where the system says it. */
async function openFiles(): Promise<string[]> {
  const handles = await readdir('/proc/self/fd').catch(() => []);
  return Promise.all(handles.map((handle) => readlink(`/proc/self/fd/${handle}`).catch(() => '')));
}
