import { mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApp } from '@tidemark/api/app';
import { checkProject, repairProject } from '@tidemark/api/check/check';
import type { Checked, Finding } from '@tidemark/api/check/finding';
import { routes } from '@tidemark/api/contract/index';
import { sha256Hex } from '@tidemark/api/hash';
import { openDisk } from '@tidemark/api/node/disk';
import { createToken } from '@tidemark/api/tokens/create';
import { type Client, createClient } from '@tidemark/client';
import { afterAll, describe, expect, test } from 'vitest';
import { type OpenDeps, openDeps } from '../support/open-libsql.ts';

const scratch = mkdtempSync(join(tmpdir(), 'tidemark-check-'));
const opened: OpenDeps[] = [];
afterAll(async () => {
  await Promise.all(opened.map((open) => open.close()));
  rmSync(scratch, { recursive: true, force: true });
});

interface Project {
  checked: Checked;
  client: Client;
  folder: string;
  sql(text: string, params?: (string | number)[]): Promise<unknown>;
}
let count = 0;
async function project(): Promise<Project> {
  const folder = join(scratch, String(++count));
  const blobs = openDisk(folder);
  const open = await openDeps({ blobs });
  opened.push(open);
  const app = createApp(open.deps);
  const { secret } = await createToken(open.deps, { name: 'test', scope: 'admin' });
  const url = 'http://tidemark.test';
  const client = createClient({ url, token: secret, fetch: async (input, init) => app.request(String(input), init) });
  const { db } = open.deps;
  await db.all('PRAGMA foreign_keys = OFF');
  return {
    checked: { db, blobs, now: open.clock.now, deep: true },
    client,
    folder,
    sql: (text, params) => db.all(text, params),
  };
}

async function run({ client }: Project, points = 100, ended = true): Promise<string> {
  const { id, session } = await client.call(routes.createRun, { body: { experiment: 'e', params: { a: 1 } } });
  const steps = Array.from({ length: points }, (_, i) => i);
  for (const key of ['x', 'y']) {
    const series = [{ key, steps, times: steps, values: steps.map((step) => (step === 3 ? 'NaN' : step)) }];
    await client.call(routes.logRun, { params: { id }, body: { series } });
  }
  await client.call(routes.putArtifact, { params: { id, path: 'a.bin' }, body: new TextEncoder().encode(id) });
  const { attempt, token } = session!;
  if (ended) {
    await client.call(routes.finishRun, { params: { id }, body: { attempt, token, finalSeq: 0, outcome: 'finished' } });
  }
  return id;
}
const whats = (findings: readonly Finding[]) => findings.map(({ what }) => what);

describe('a project', () => {
  test('that nothing happened to has nothing wrong, while a run is written too', async () => {
    const here = await project();
    await run(here);
    await run(here, 30_000);
    await run(here, 500, false);
    expect(whats(await checkProject(here.checked))).toEqual([]);
  });

  const damages: [
    string,
    RegExp,
    (here: Project, id: string) => Promise<unknown>,
    ((here: Project, id: string) => Promise<void>)?,
  ][] = [
    [
      'a figure that is not that of its points',
      /other figures .* of x$/,
      ({ sql }, id) => sql("UPDATE metric_series SET count = 7 WHERE run = ? AND key = 'x'", [id]),
      async ({ client }, id) => {
        expect((await client.call(routes.getRun, { params: { id } })).metrics.x?.count).toBe(100);
      },
    ],
    [
      'a figure that is missing',
      /other figures/,
      ({ sql }, id) => sql("DELETE FROM metric_series WHERE run = ? AND key = 'y'", [id]),
    ],
    [
      'points that cannot be read',
      /cannot be read/,
      ({ sql }, id) =>
        sql(
          "UPDATE metric_packs SET data = x'ffffff' WHERE id IN (SELECT pack FROM metric_segments WHERE run = ? AND level = 0)",
          [id],
        ),
      async ({ client, sql }, id) => {
        expect((await client.call(routes.getRun, { params: { id } })).metrics).toEqual({});
        expect(await sql("SELECT source FROM quarantine WHERE source = 'metric_segments'")).toHaveLength(1);
      },
    ],
    [
      'points that are gone',
      /cannot be read|belong to no run|other figures/,
      ({ sql }) => sql('DELETE FROM metric_packs'),
    ],
    [
      'packs that belong to nobody',
      /belong to no run/,
      ({ sql }) => sql("INSERT INTO metric_packs (data) VALUES (x'00')"),
    ],
    [
      'rows of a run that is gone',
      /rows of params name runs that are not there/,
      ({ sql }) => sql("INSERT INTO params (run, key, kind, value) VALUES ('gone', 'a', 'number', 1)"),
    ],
    [
      'a run that nobody can write',
      /nobody can write it/,
      ({ sql }, id) => sql("UPDATE runs SET status = 'running', ended_at = NULL WHERE id = ?", [id]),
      async ({ client }, id) => {
        expect(await client.call(routes.getRun, { params: { id } })).toMatchObject({
          status: 'failed',
          error: { code: 'lost' },
        });
      },
    ],
    [
      'a row of a run that has ended',
      /as if it were being written/,
      ({ sql }, id) => sql("INSERT INTO live (run, attempt, token, leased, touched_at) VALUES (?, 1, 't', 0, 0)", [id]),
    ],
    ['a number that is taken', /number that is taken/, ({ sql }) => sql('UPDATE experiments SET next_ordinal = 1')],
    [
      'a blob that is missing',
      /is missing in the store \(artifacts of/,
      async ({ checked }, id) => checked.blobs.delete([await sha256Hex(id)]),
      async ({ client }, id) => {
        const params = { id };
        expect((await client.call(routes.listArtifacts, { params })).artifacts).toEqual([]);
        await client.call(routes.putArtifact, { params: { id, path: 'a.bin' }, body: new TextEncoder().encode(id) });
      },
    ],
    [
      'a blob of another size',
      /has 3 of 32 bytes/,
      async ({ folder }, id) => {
        const digest = await sha256Hex(id);
        await writeFile(join(folder, digest.slice(0, 2), digest.slice(2, 4), digest), 'abc');
      },
    ],
    [
      'a blob of other bytes',
      /other bytes/,
      async ({ folder }, id) => {
        const digest = await sha256Hex(id);
        await writeFile(join(folder, digest.slice(0, 2), digest.slice(2, 4), digest), '0'.repeat(32));
      },
    ],
    [
      'a blob that is not listed',
      /is named and in the store, but not listed/,
      async ({ sql }, id) => sql('DELETE FROM blobs WHERE digest = ?', [await sha256Hex(id)]),
    ],
    [
      'bytes that nobody knows',
      /known to nobody/,
      ({ checked }) => checked.blobs.put(new Uint8Array([9]), { limit: 10 }),
    ],
  ];
  test.each(damages)(
    '%s is told, repaired, and then nothing is wrong any more',
    async (_name, words, damage, after) => {
      const here = await project();
      const [other, id] = [await run(here), await run(here)];
      await damage(here, id);
      const found = await checkProject(here.checked);
      expect(whats(found).join('\n')).toMatch(words);
      // A look changes nothing.
      expect(whats(await checkProject(here.checked))).toEqual(whats(found));
      expect(whats(await repairProject(here.checked, found))).toEqual([]);
      expect(whats(await checkProject(here.checked))).toEqual([]);
      await after?.(here, id);
      expect((await here.client.call(routes.getRun, { params: { id: other } })).status).toBe('finished');
    },
  );

  test('several things at once', async () => {
    const here = await project();
    const ids = [await run(here), await run(here), await run(here, 50, false)];
    await here.sql('UPDATE metric_series SET max = 1e9 WHERE run = ?', [ids[0]!]);
    await here.sql('DELETE FROM live WHERE run = ?', [ids[2]!]);
    await here.checked.blobs.delete([await sha256Hex(ids[1]!)]);
    const found = await checkProject(here.checked);
    expect(found).toHaveLength(3);
    expect(whats(await repairProject(here.checked, found))).toEqual([]);
  });
});
