import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { createApp } from '@tidemark/api/app';
import { checkProject } from '@tidemark/api/check/check';
import { openDisk } from '@tidemark/api/node/disk';
import { createToken } from '@tidemark/api/tokens/create';
import { openLibsql } from '@tidemark/db/libsql';
import { migrate } from '@tidemark/db/migrate';
import { migrations } from '@tidemark/db/migrations/index';
import { afterAll, describe, expect, test } from 'vitest';
import { openDeps } from '../support/open-libsql.ts';

// Database files as earlier code left them, with what that code answered when it was asked (make-schema-fixture.mjs).
const fixtures = join(import.meta.dirname, '../fixtures/schemas');
const names = readdirSync(fixtures)
  .filter((name) => name.endsWith('.db.gz'))
  .map((name) => name.slice(0, -6));
const scratch = mkdtempSync(join(tmpdir(), 'tidemark-schemas-'));
const closing: (() => unknown)[] = [];
afterAll(async () => {
  for (const close of closing) await close();
  rmSync(scratch, { recursive: true, force: true });
});
const unzipped = (name: string) => gunzipSync(readFileSync(join(fixtures, name)));

test('there is one of each', () => expect(names.length).toBeGreaterThanOrEqual(5));

describe.each(names)('a database of schema %s', (name) => {
  const recorded = JSON.parse(unzipped(`${name}.json.gz`).toString('utf8')) as Record<string, unknown>;

  test('is brought up to date, answers what was answered then, and has nothing wrong', async () => {
    const file = join(scratch, `${name}.db`);
    writeFileSync(file, unzipped(`${name}.db.gz`));
    const old = await openLibsql({ url: `file:${file}` });
    closing.push(() => old.close());
    expect(await old.all('SELECT name FROM migrations')).not.toHaveLength(migrations.length);
    await migrate(old, migrations);
    expect(await old.all('SELECT name FROM migrations')).toHaveLength(migrations.length);
    const folder = join(scratch, name);
    mkdirSync(folder);
    const blobs = openDisk(folder);
    for (const text of ['artifact', 'checkpoint']) await blobs.put(new TextEncoder().encode(text), { limit: 100 });
    const open = await openDeps({ db: old, blobs }, ':memory:');
    closing.push(open.close);
    const { secret } = await createToken(open.deps, { name: 'test', scope: 'admin' });
    const app = createApp(open.deps);
    for (const [path, before] of Object.entries(recorded)) {
      const response = await app.request(`/api/v1${path}`, { headers: { authorization: `Bearer ${secret}` } });
      const text = await response.text();
      expect(response.status, `${path}: ${text}`).toBe(200);
      if (typeof before === 'string') expect(text).toBe(before);
      // What came later is added; what was said is said again.
      else expect(JSON.parse(text), path).toMatchObject(before as object);
    }
    const findings = await checkProject({ db: old, blobs, now: open.clock.now, deep: true });
    expect(findings.map(({ what }) => what)).toEqual([]);
  });
});
