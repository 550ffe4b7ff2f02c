import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readConfig } from '@tidemark/api/config';
import { routes } from '@tidemark/api/contract/index';
import { startServer } from '@tidemark/api/node';
import { type Client, createClient } from '@tidemark/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { here } from './here.ts';

const scratch = mkdtempSync(join(tmpdir(), 'tidemark-safe-'));
const dataDir = join(scratch, 'data');
const closing: (() => Promise<unknown>)[] = [];
let server: Awaited<ReturnType<typeof startServer>>;
let client: Client;
const start = (folder: string) =>
  startServer(readConfig({ dataDir: folder, port: 0 }, {}), { report: (error) => console.error(error) });
beforeAll(async () => {
  server = await start(dataDir);
  client = createClient(server);
});
afterAll(async () => {
  await Promise.all(closing.map((close) => close()));
  await server?.close();
  rmSync(scratch, { recursive: true, force: true });
});

function launch(args: string[]) {
  const bin = fileURLToPath(new URL('../../cli/bin.js', import.meta.url));
  const child: ChildProcess = spawn(process.execPath, [bin, ...args], { stdio: 'ignore' });
  return { child, done: once(child, 'close') };
}
const tidemark = (args: string[], env: Record<string, string> = {}) =>
  here(args, { TIDEMARK_URL: server.url, TIDEMARK_TOKEN: server.token, ...env });

async function run(experiment: string, points: number, artifact: Uint8Array = new Uint8Array([1, 2, 3])) {
  const { id, session } = await client.call(routes.createRun, { body: { experiment, params: { points } } });
  const steps = Array.from({ length: points }, (_, i) => i);
  const series = [{ key: 'a', steps, times: steps, values: steps.map((step) => step / 3) }];
  await client.call(routes.logRun, { params: { id }, body: { series } });
  await client.call(routes.putArtifact, { params: { id, path: 'x.bin' }, body: artifact });
  const { attempt, token } = session!;
  await client.call(routes.finishRun, { params: { id }, body: { attempt, token, finalSeq: 0, outcome: 'finished' } });
  return id;
}
const read = async (of: Client, id: string) => ({
  run: await of.call(routes.getRun, { params: { id } }),
  history: await (await of.call(routes.readHistory, { params: { id } })).text(),
  artifact: await (await of.call(routes.getArtifact, { params: { id, path: 'x.bin' } })).text(),
});

describe('export and import', () => {
  test('a file of an experiment goes into another server, and says when it is torn', async () => {
    const ids = [await run('exported', 100), await run('exported', 2000, new Uint8Array(9 * 2 ** 20 + 7).fill(7))];
    const file = join(scratch, 'exported.tar');
    const made = await tidemark(['export', 'experiment', 'exported', '-o', file, '--json']);
    expect(made.err).toBe('');
    expect(JSON.parse(made.out)).toMatchObject({ blobs: 2 });
    expect((await tidemark(['export', 'experiment', 'exported', '-o', file])).code).toBe(1);

    // Cut off anywhere it goes on, and is the same in the end.
    const whole = readFileSync(file);
    for (const cut of [whole.length - 100_000]) {
      const again = join(scratch, `cut-${cut}.tar`);
      writeFileSync(`${again}.part`, whole.subarray(0, cut));
      expect((await tidemark(['export', 'experiment', 'exported', '-o', again])).code).toBe(0);
      const bytes = readFileSync(again);
      expect(bytes.equals(whole)).toBe(true);
    }

    const other = await start(join(scratch, 'other'));
    closing.push(other.close);
    const there = createClient(other);
    const to = { TIDEMARK_URL: other.url, TIDEMARK_TOKEN: other.token };
    const torn = join(scratch, 'torn.tar');
    for (const [change, words] of [
      [(bytes: Buffer) => bytes.subarray(0, bytes.length - 3000), 'end is missing'],
      [(bytes: Buffer) => bytes.fill(9, bytes.length - 150_000, bytes.length - 149_990), 'is damaged'],
      [(bytes: Buffer) => bytes.subarray(0, 10), 'does not begin as one'],
    ] as const) {
      writeFileSync(torn, change(Buffer.from(whole)));
      const refused = await tidemark(['import', torn], to);
      expect([refused.code, refused.err]).toEqual([1, expect.stringContaining(words)]);
    }
    expect((await there.call(routes.listExperiments)).experiments).toEqual([]);

    // What no single request may bring comes in parts, and what came once is not sent again.
    const { fetch } = globalThis;
    const sent: string[] = [];
    globalThis.fetch = (input, init) => {
      const { pathname } = new URL(String(input));
      if (init?.method === 'PUT' && pathname.includes('/blobs/')) sent.push(pathname.replace(/^.*blobs.[0-9a-f]+/, ''));
      return fetch(input, init);
    };
    expect(JSON.parse((await tidemark(['import', file, '--json'], to)).out)).toMatchObject({ runs: 2 });
    expect(sent.sort()).toEqual(['', '/parts/1', '/parts/2']);
    for (const id of ids) expect(await read(there, id)).toEqual(await read(client, id));
    // The same once more is known; as new it is two runs more.
    expect((await tidemark(['import', file], to)).code).toBe(0);
    expect((await there.call(routes.listRuns, {})).runs).toHaveLength(2);
    expect((await tidemark(['import', file, '--as', 'new'], to)).code).toBe(0);
    expect(sent).toHaveLength(3);
    globalThis.fetch = fetch;
    expect((await there.call(routes.listRuns, {})).runs).toHaveLength(4);
    const one = join(scratch, 'one.tar');
    await tidemark(['export', 'run', ids[0]!.slice(-8), '-o', one]);
    const conflict = await tidemark(['import', one], to);
    expect([conflict.code, conflict.err]).toEqual([1, expect.stringContaining(ids[0]!)]);
    expect((await there.call(routes.listRuns, { query: { deleted: 'true' } })).runs).toEqual([]);
  }, 120_000);
});

describe('backup and restore', () => {
  test('is of one moment while others write, copies only what is new, and comes back whole', async () => {
    const folder = join(scratch, 'backups');
    const first = await run('kept', 500, new Uint8Array(100_000).fill(1));
    const made = await tidemark(['backup', folder, '--data-dir', dataDir, '--json']);
    expect([made.code, made.err]).toEqual([0, '']);
    const before = JSON.parse(made.out) as { snapshot: string; copied: number };
    expect(before.copied).toBeGreaterThan(0);

    // Writers go on throughout; one backup is killed in the middle of it.
    let writing = true;
    const written: string[] = [];
    const writers = [0, 1].map(async (writer) => {
      for (let i = 0; writing && i < 40; i++)
        written.push(await run(`busy ${writer}`, 50, new Uint8Array(2000).fill(i)));
    });
    const killed = launch(['backup', folder, '--data-dir', dataDir]);
    const parts = () => readdirSync(join(folder, 'snapshots')).filter((name) => name.endsWith('.part'));
    while (parts().length === 0 && killed.child.exitCode === null)
      await new Promise((resolve) => setTimeout(resolve, 5));
    killed.child.kill('SIGKILL');
    await killed.done;
    const second = JSON.parse(
      (await tidemark(['backup', folder, '--data-dir', dataDir, '--json'])).out,
    ) as typeof before & {
      projects: { blobs: number; missing: string[] }[];
    };
    writing = false;
    await Promise.all(writers);
    expect(parts()).toEqual([]);
    expect(second.projects[0]!.missing).toEqual([]);
    expect(second.copied).toBeLessThan(second.projects[0]!.blobs);

    const restored = join(scratch, 'restored');
    const refused = await tidemark(['restore', folder, '--data-dir', dataDir]);
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('already')]);
    const back = await tidemark(['restore', folder, '--data-dir', restored, '--json']);
    expect([back.code, back.err]).toEqual([0, '']);
    const other = await start(restored);
    closing.push(other.close);
    const there = createClient({ url: other.url, token: other.token });
    expect(await read(there, first)).toEqual(await read(client, first));
    // Of what was written meanwhile each run is there as it was at one moment, its bytes too.
    const { runs } = await there.call(routes.listRuns, { query: { limit: 1000 } });
    for (const { id, status } of runs.slice(0, 20)) {
      if (status === 'finished') expect(await read(there, id)).toEqual(await read(client, id));
    }
    const checked = await tidemark(['doctor', '--check', '--data-dir', restored, '--json']);
    expect(JSON.parse(checked.out)).toMatchObject({ ok: true, projects: [{ slug: 'default', findings: [] }] });
    const held = await tidemark(['doctor', '--repair', '--data-dir', restored]);
    expect([held.code, held.err]).toEqual([1, expect.stringContaining('stop it')]);
    // The older one is still there, and one that was damaged is refused.
    const older = join(scratch, 'older');
    const at = before.snapshot.split('/').at(-1)!;
    expect((await tidemark(['restore', folder, '--data-dir', older, '--at', at])).code).toBe(0);
    appendFileSync(join(before.snapshot, 'default.db'), 'x');
    const damaged = await tidemark(['restore', folder, '--data-dir', join(scratch, 'never'), '--at', at]);
    expect([damaged.code, damaged.err]).toEqual([1, expect.stringContaining('damaged')]);
    expect(existsSync(join(scratch, 'never', 'projects'))).toBe(false);
  }, 120_000);
});
