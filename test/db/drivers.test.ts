import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseError } from '@tidemark/db/database';
import { openLibsql } from '@tidemark/db/libsql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openWorkerdDatabase } from '../support/open-workerd.ts';
import { conformance } from './driver.conformance.ts';
import { conformance as drizzleConformance } from './orm.conformance.ts';

let folder: string;
let files = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemark-db-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

for (const suite of [conformance, drizzleConformance]) {
  suite('libSQL, a file', () => openLibsql({ url: `file:${join(folder, `${++files}.db`)}` }));
  suite('libSQL, in memory', () => openLibsql({ url: ':memory:' }));
  suite('a Durable Object', openWorkerdDatabase);
}

test('two processes’ connections to one file wait for each other', async () => {
  const url = `file:${join(folder, 'shared.db')}`;
  const [a, b] = [await openLibsql({ url }), await openLibsql({ url })];
  await a.all('CREATE TABLE t (n INTEGER)');
  await Promise.all(Array.from({ length: 20 }, (_, i) => (i % 2 ? a : b).all('INSERT INTO t VALUES (?)', [i])));
  expect(await b.all('SELECT COUNT(*) AS n FROM t')).toEqual([{ n: 20 }]);
  a.close();
  b.close();
});

test('a closed database says so, as an error of the port', async () => {
  const db = await openLibsql({ url: ':memory:' });
  db.close();
  await expect(db.all('SELECT 1')).rejects.toBeInstanceOf(DatabaseError);
});
