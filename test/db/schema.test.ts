import { readdirSync, readFileSync } from 'node:fs';
import type { Database, Row } from '@tidemark/db/database';
import { openLibsql } from '@tidemark/db/libsql';
import { migrate } from '@tidemark/db/migrate';
import { migrations } from '@tidemark/db/migrations/index';
import * as schema from '@tidemark/db/schema/index';
import { is } from 'drizzle-orm';
import { getTableConfig, type SQLiteColumn, SQLiteTable } from 'drizzle-orm/sqlite-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const folder = new URL('../../db/migrations/', import.meta.url);
const tables = Object.values(schema)
  .filter((value) => is(value, SQLiteTable))
  .map((table) => getTableConfig(table));

let db: Database;
beforeAll(async () => {
  db = await openLibsql({ url: ':memory:' });
  await migrate(db, migrations);
});
afterAll(() => db.close());

test('index.ts holds what the folder’s files say', () => {
  const files = readdirSync(folder)
    .filter((file) => file.endsWith('.sql'))
    .sort();
  expect(migrations.map(({ name, sql }) => [`${name}.sql`, sql])).toEqual(
    files.map((file) => [file, readFileSync(new URL(file, folder), 'utf8')]),
  );
});

test('migrations make the tables that the schema names, and no other', async () => {
  const made = await db.all(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> 'migrations'",
  );
  expect(made.map((row) => row.name).toSorted()).toEqual(tables.map(({ name }) => name).toSorted());
});

/** What PRAGMA table_info would say of a drizzle column. */
const described = (column: SQLiteColumn, keys: readonly string[]) => ({
  name: column.name,
  type: column.getSQLType().toUpperCase(),
  notNull: column.notNull && !keys.includes(column.name),
  key: keys.indexOf(column.name) + 1,
  // drizzle counts SQLite's own numbering of an integer key as a default.
  hasDefault: column.hasDefault && !(column.primary && column.getSQLType() === 'integer'),
});

describe.each(tables.map((table) => [table.name, table] as const))('table %s', (name, table) => {
  const keys =
    table.primaryKeys[0]?.columns.map((column) => column.name) ??
    table.columns.filter((column) => column.primary).map((column) => column.name);

  test('has the columns of the schema', async () => {
    const info = await db.all(`SELECT * FROM pragma_table_info('${name}')`);
    const actual = info.map((row: Row) => ({
      name: row.name,
      type: row.type,
      // A key is never null, however it is spelt.
      notNull: row.notnull === 1 && row.pk === 0,
      key: row.pk,
      hasDefault: row.dflt_value !== null,
    }));
    expect(actual).toEqual(table.columns.map((column) => described(column, keys)));
  });

  test('has the indexes and foreign keys of the schema', async () => {
    const made = await db.all(`SELECT name FROM pragma_index_list('${name}') WHERE origin = 'c'`);
    expect(made.map((row) => row.name).toSorted()).toEqual(table.indexes.map((index) => index.config.name).toSorted());
    const foreign = await db.all(`SELECT "from", "table", "to", on_delete FROM pragma_foreign_key_list('${name}')`);
    const wanted = table.foreignKeys.map((key) => {
      const { columns, foreignTable, foreignColumns } = key.reference();
      return `${columns[0]!.name} ${getTableConfig(foreignTable).name} ${foreignColumns[0]!.name} ${(key.onDelete ?? 'no action').toUpperCase()}`;
    });
    expect(foreign.map((row) => `${row.from} ${row.table} ${row.to} ${row.on_delete}`).toSorted()).toEqual(
      wanted.toSorted(),
    );
  });

  test('is WITHOUT ROWID when its key is text or composite: an index entry is a row written', async () => {
    const [made] = await db.all('SELECT sql FROM sqlite_master WHERE name = ?', [name]);
    const integerKey =
      keys.length === 1 && table.columns.find((column) => column.name === keys[0])!.getSQLType() === 'integer';
    expect(/WITHOUT ROWID$/.test(String(made!.sql))).toBe(!integerKey);
  });
});

test('nothing that changes while a run is live is indexed', async () => {
  const changing = [
    'live',
    'attempts',
    'metric_chunks',
    'metric_packs',
    'metric_segments',
    'console_chunks',
    'checkpoints',
    'workers',
  ];
  for (const name of changing) {
    expect(await db.all(`SELECT name FROM pragma_index_list('${name}') WHERE origin <> 'pk'`), name).toEqual([]);
  }
  const indexed = await db.all(
    "SELECT ii.name FROM pragma_index_list('runs') AS il, pragma_index_info(il.name) AS ii WHERE il.origin = 'c'",
  );
  expect(new Set(indexed.map((row) => row.name))).toEqual(
    new Set(['experiment_id', 'ordinal', 'created_at', 'id', 'priority', 'available_at', 'parent', 'family']),
  );
});
