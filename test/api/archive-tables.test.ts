import { columnsOf } from '@tidemark/api/archive/columns';
import { LEFT_OUT, TABLES } from '@tidemark/api/archive/tables';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OpenDeps, openDeps } from '../support/open-libsql.ts';

let open: OpenDeps;
beforeAll(async () => {
  open = await openDeps({}, ':memory:');
});
afterAll(() => open.close());

test('every table of the schema is in the archive, or is left out for a reason', async () => {
  const rows = await open.deps.db.all<{ name: string }>(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name",
  );
  const named = [...TABLES.map(({ name }) => name), ...Object.keys(LEFT_OUT)].sort();
  expect(named, 'api/archive/tables.ts says for each table whether an archive has it').toEqual(
    rows.map(({ name }) => name),
  );
});

test('keys, references and digests are columns, and what is referred to comes first', () => {
  const seen = new Set<string>();
  for (const { name, key, refs = {}, loose = [], same = [], digests = [], id } of TABLES) {
    const columns = columnsOf(name);
    for (const column of [...key, ...Object.keys(refs), ...loose, ...same, ...digests, ...(id ? [id] : [])]) {
      expect(columns, `${name}.${column}`).toContain(column);
    }
    for (const source of Object.values(refs)) expect(seen, `${name} before ${source}`).toContain(source);
    seen.add(name);
  }
});

test('whatever refers to a run is of the run', async () => {
  for (const { name, of, refs = {}, loose = [] } of TABLES) {
    const strict = Object.entries(refs).some(([column, source]) => source === 'runs' && !loose.includes(column));
    if (strict) expect(of, name).toBe('run');
  }
});
