import { otherDigests, references } from '@tidemark/api/blobs/references';
import { openLibsql } from '@tidemark/db/libsql';
import { migrate } from '@tidemark/db/migrate';
import { migrations } from '@tidemark/db/migrations/index';
import { expect, test } from 'vitest';

test('every column that speaks of a digest or a blob is a reference, or is said not to be one', async () => {
  const db = await openLibsql({ url: ':memory:' });
  await migrate(db, migrations);
  const columns = await db.all<{ column: string }>(
    `SELECT sqlite_master.name || '.' || info.name AS "column" FROM sqlite_master, pragma_table_info(sqlite_master.name) AS info
     WHERE sqlite_master.type = 'table'`,
  );
  const names = columns.map(({ column }) => column);
  const speaking = names.filter((name) => /(digest|blob|sha256)[^.]*$/i.test(name) || /blobs\.digest$/.test(name));
  expect(speaking.length).toBeGreaterThan(8);
  const known = new Set([...Object.keys(references), ...Object.keys(otherDigests)]);
  expect(speaking.filter((name) => !known.has(name))).toEqual([]);
  // And nothing is listed that is not there (any more), or that SQLite cannot read.
  expect([...known].filter((name) => !names.includes(name))).toEqual([]);
  for (const select of Object.values(references)) await db.all(select);
  db.close();
});
