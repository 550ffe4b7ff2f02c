import { readConsole } from '@tidemark/api/console/read';
import { openLibsql } from '@tidemark/db/libsql';
import { migrate } from '@tidemark/db/migrate';
import { migrations } from '@tidemark/db/migrations/index';
import { afterAll, describe, expect, test } from 'vitest';
import { openDeps } from '../support/open-libsql.ts';

// Lines as the code before 0009 stored them: a row a call, a JSON list of [at, level, text].
type OldLine = [at: number, level: 'debug' | 'info' | 'warn' | 'error', text: string];

const ended = 'a'.repeat(32);
const live = 'b'.repeat(32);
const silent = 'c'.repeat(32);
const texts = [
  '',
  'plain',
  'a "quoted" \\ path and / a slash',
  'two\nlines\r\n\tand a tab',
  '\u001b[1;31mred\u001b[0m',
  '\u0001\u0008\u000c\u007f\u2028',
  'ü 漢字 🐈 50 %_',
  'x'.repeat(8192),
];
const levels = ['debug', 'info', 'warn', 'error'] as const;
const old: OldLine[] = texts.flatMap((text, i) => levels.map((level, j): OldLine => [1000 * i + j, level, text]));
const many: OldLine[] = Array.from({ length: 3000 }, (_, i) => [i, 'info', `line ${i} of many`]);

const opened = await convert();
afterAll(opened.close);
const read = (run: string, query: Partial<Parameters<typeof readConsole>[2]> = {}) =>
  readConsole(opened.deps, run, { limit: 5000, ...query } as Parameters<typeof readConsole>[2]);

/** A database as of 0008 with lines in it, brought up to date. */
async function convert() {
  const db = await openLibsql({ url: ':memory:' });
  await migrate(
    db,
    migrations.filter(({ name }) => name < '0009'),
  );
  await db.all("INSERT INTO experiments (id, name, slug, created_at) VALUES (1, 'e', 'e', 0)");
  for (const [i, [id, status]] of [
    [ended, 'finished'],
    [live, 'running'],
    [silent, 'running'],
  ].entries()) {
    await db.all(
      `INSERT INTO runs (id, experiment_id, ordinal, name, status, origin, created_at, created_by, available_at, request_hash)
       VALUES (?, 1, ?, 'n', ?, 'sdk', 0, 't', 0, '')`,
      [id!, i + 1, status!],
    );
  }
  // The ended run had two attempts; the live one goes on at line 3001.
  const rows: [string, number, number, OldLine[]][] = [
    [ended, 1, 1, old.slice(0, 5)],
    [ended, 6, 2, old.slice(5)],
    ...[0, 1000, 2000].map((i): [string, number, number, OldLine[]] => [live, i + 1, 1, many.slice(i, i + 1000)]),
  ];
  for (const [run, first, attempt, lines] of rows) {
    await db.all('INSERT INTO lines (run, first, attempt, count, data) VALUES (?, ?, ?, ?, ?)', [
      run,
      first,
      attempt,
      lines.length,
      JSON.stringify(lines),
    ]);
  }
  for (const [run, next] of [
    [live, 3001],
    [silent, 1],
  ] as const) {
    await db.all(
      `INSERT INTO live (run, attempt, token, leased, touched_at, next_line) VALUES (?, 1, 'secret', 0, 0, ?)`,
      [run, next],
    );
  }
  await migrate(db, migrations);
  return openDeps({ db }, ':memory:');
}

describe('a console of before chunks', () => {
  test('is read as it was written: numbers, attempts, levels, times, words', async () => {
    const { lines, total } = await read(ended);
    expect(total).toBe(old.length);
    expect(lines).toEqual(
      old.map(([at, level, text], i) => ({ id: i + 1, at, attempt: i < 5 ? 1 : 2, level, stream: 'log', text })),
    );
    expect((await read(live)).lines.map(({ text }) => text)).toEqual(many.map(([, , text]) => text));
    expect(await read(silent)).toMatchObject({ lines: [], total: 0 });
  });

  test('is paged and searched, also for what JSON escapes', async () => {
    const page = await read(live, { after: 1500, limit: 2 });
    expect(page.lines.map(({ id }) => id)).toEqual([1501, 1502]);
    expect((await read(live, { search: 'LINE 2999 of' })).lines.map(({ id }) => id)).toEqual([3000]);
    for (const text of texts.filter((words) => words !== '')) {
      const found = await read(ended, { search: text });
      expect(found.lines.map((line) => line.text)).toEqual(Array(levels.length).fill(text));
    }
  });

  test('counts against the run’s limit, and goes on behind its last line', async () => {
    const { db } = opened.deps;
    const [state] = await db.all('SELECT next_line, console_lines, console_size FROM live WHERE run = ?', [live]);
    const [stored] = await db.all(
      'SELECT SUM(length(data)) AS size, SUM(count) AS count FROM console_chunks WHERE run = ?',
      [live],
    );
    expect(state).toEqual({ next_line: 3001, console_lines: 0, console_size: stored!.size });
    expect(stored!.count).toBe(3000);
    const [quiet] = await db.all('SELECT console, console_size FROM live WHERE run = ?', [silent]);
    expect(quiet).toEqual({ console: '', console_size: 0 });
    expect(await db.all("SELECT name FROM sqlite_schema WHERE name = 'lines'")).toEqual([]);
  });
});
