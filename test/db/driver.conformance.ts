import { type Database, DatabaseError } from '@tidemark/db/database';
import { migrate } from '@tidemark/db/migrate';
import { migrations } from '@tidemark/db/migrations/index';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

/** What every driver of the port must do; a new one runs this and nothing else. */
export function conformance(name: string, open: () => Promise<Database>): void {
  describe(`driver ${name}`, () => {
    let db: Database;
    beforeAll(async () => {
      db = await open();
      await db.all('CREATE TABLE t (k TEXT PRIMARY KEY, n INTEGER, r REAL, b BLOB, CHECK (n < 1000000)) WITHOUT ROWID');
    });
    afterAll(() => db.close());
    const kind = (work: Promise<unknown>) =>
      work.then(
        () => 'no error',
        (error: unknown) => (error instanceof DatabaseError ? error.kind : String(error)),
      );

    test('values come back as they went: text, integers to 2^53, floats, bytes, null', async () => {
      const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
      const whole = Uint8Array.from({ length: 300 }, (_, i) => i % 7);
      const view = whole.subarray(100, 110);
      await db.all('INSERT INTO t VALUES (?, ?, ?, ?)', ['a', -5, 0.1, bytes]);
      await db.all('INSERT INTO t VALUES (?, ?, ?, ?)', ['naïve ☃ end', null, 5e-324, view]);
      const rows = await db.all('SELECT k, n, r, b FROM t ORDER BY k');
      expect(rows).toEqual([
        { k: 'a', n: -5, r: 0.1, b: bytes },
        { k: 'naïve ☃ end', n: null, r: 5e-324, b: view.slice() },
      ]);
      for (const value of [2 ** 53 - 1, -(2 ** 53) + 1, 0, 1e300, 1.5]) {
        expect(await db.all('SELECT ? AS v', [value])).toEqual([{ v: value }]);
      }
      expect(await db.all('SELECT length(b) AS n FROM t WHERE k = ?', ['a'])).toEqual([{ n: 256 }]);
      expect(await db.all("SELECT x'' AS b")).toEqual([{ b: new Uint8Array() }]);
    });

    test('a batch is one transaction, and answers the rows of each statement', async () => {
      const results = await db.batch([
        { sql: "INSERT INTO t (k, n) VALUES ('one', 1), ('two', 2) RETURNING k" },
        { sql: "UPDATE t SET n = n + 10 WHERE k = 'one' RETURNING n" },
        { sql: "UPDATE t SET n = 0 WHERE k = 'missing' RETURNING n" },
        { sql: 'SELECT COUNT(*) AS n FROM t WHERE n > ?', params: [0] },
      ]);
      expect(results).toEqual([[{ k: 'one' }, { k: 'two' }], [{ n: 11 }], [], [{ n: 2 }]]);
      const failing = db.batch([
        { sql: "INSERT INTO t (k, n) VALUES ('three', 3)" },
        { sql: "INSERT INTO t (k, n) VALUES ('one', 1)" },
      ]);
      expect(await kind(failing)).toBe('constraint');
      expect(await db.all("SELECT 1 FROM t WHERE k = 'three'")).toEqual([]);
      expect(await db.batch([])).toEqual([]);
    });

    test('values are in the order selected, of one name too', async () => {
      await db.all("INSERT INTO t (k, n, b) VALUES ('values', 9, x'00ff')");
      const sql = "SELECT n, k, n + ? AS n, b, 7 AS '0', r FROM t WHERE k = 'values'";
      const row = [9, 'values', 10, Uint8Array.of(0, 255), 7, null];
      expect(await db.values(sql, [1])).toEqual([row]);
      expect(await db.values("SELECT 1 FROM t WHERE k = 'missing'")).toEqual([]);
      const gone = { sql: "DELETE FROM t WHERE k = 'values' RETURNING k, k" };
      expect(await db.batchValues([{ sql, params: [1] }, gone, gone])).toEqual([[row], [['values', 'values']], []]);
      expect(await kind(db.values('SELECT * FROM missing'))).toBe('other');
      const failing = [{ sql: "INSERT INTO t (k) VALUES ('values')" }, { sql: "INSERT INTO t (k) VALUES ('values')" }];
      expect(await kind(db.batchValues(failing))).toBe('constraint');
      expect(await db.values("SELECT 1 FROM t WHERE k = 'values'")).toEqual([]);
    });

    test('errors are classed', async () => {
      expect(await kind(db.all("INSERT INTO t (k, n) VALUES ('big', 1000000)"))).toBe('constraint');
      expect(await kind(db.all('SELECT * FROM missing'))).toBe('other');
      expect(await kind(db.all('INSERT INTO t (k, n) VALUES (NULL, 1)'))).toBe('constraint');
    });

    test('foreign keys hold, and delete what hangs from a row', async () => {
      await db.batch([
        { sql: 'CREATE TABLE p (id INTEGER PRIMARY KEY)' },
        { sql: 'CREATE TABLE c (id INTEGER PRIMARY KEY, p INTEGER NOT NULL REFERENCES p (id) ON DELETE CASCADE)' },
        { sql: 'INSERT INTO p VALUES (1)' },
        { sql: 'INSERT INTO c VALUES (1, 1)' },
      ]);
      expect(await kind(db.all('INSERT INTO c VALUES (2, 2)'))).toBe('constraint');
      await db.all('DELETE FROM p');
      expect(await db.all('SELECT * FROM c')).toEqual([]);
    });

    test('the dialect that the code relies on', async () => {
      const json = JSON.stringify([
        { k: 'x', v: 1 },
        { k: 'y', v: null },
      ]);
      const rows = await db.all("SELECT value ->> 'k' AS k, value ->> 'v' AS v FROM json_each(?)", [json]);
      expect(rows).toEqual([
        { k: 'x', v: 1 },
        { k: 'y', v: null },
      ]);
      const upsert =
        "INSERT INTO t (k, n) SELECT 'up', 1 WHERE 1 ON CONFLICT (k) DO UPDATE SET n = n + excluded.n RETURNING n";
      expect([await db.all(upsert), await db.all(upsert)]).toEqual([[{ n: 1 }], [{ n: 2 }]]);
      expect(await db.all("SELECT hex(CAST(x'00ff' || x'01' AS BLOB)) AS h")).toEqual([{ h: '00FF01' }]);
      expect(await db.all("SELECT instr(lower('ABC'), 'bc') AS n")).toEqual([{ n: 2 }]);
      const many = Array.from({ length: 100 }, (_, i) => i);
      expect(
        await db.all(
          `SELECT ${many.map(() => '?').join(' + ')} AS n`
            .replace(/^SELECT (.*) AS n$/, 'SELECT max($1) AS n')
            .replaceAll(' + ', ', '),
          many,
        ),
      ).toEqual([{ n: 99 }]);
    });

    test('a value of nearly 2 MB is kept', async () => {
      const large = new Uint8Array(1_900_000).fill(7);
      await db.all("INSERT INTO t (k, b) VALUES ('large', ?)", [large]);
      const [row] = await db.all("SELECT b FROM t WHERE k = 'large'");
      expect((row!.b as Uint8Array).length).toBe(large.length);
    });

    test('many batches at once do not disturb each other', async () => {
      await db.all("INSERT INTO t (k, n) VALUES ('counter', 0)");
      const up = () =>
        db.batch([
          { sql: "UPDATE t SET n = n + 1 WHERE k = 'counter'" },
          { sql: "SELECT n FROM t WHERE k = 'counter'" },
        ]);
      const results = await Promise.all(Array.from({ length: 20 }, up));
      expect(results.map((rows) => rows[1]![0]!.n as number).toSorted((a, b) => a - b)).toEqual(
        Array.from({ length: 20 }, (_, i) => i + 1),
      );
    });

    test('migrations run once each, by name, and whole', async () => {
      const fresh = await open();
      await migrate(fresh, migrations);
      await migrate(fresh, migrations);
      const applied = await fresh.all('SELECT name FROM migrations');
      expect(applied.map((row) => row.name)).toEqual(migrations.map((migration) => migration.name));
      const broken = {
        name: '9999_broken',
        sql: 'CREATE TABLE half (a)\n--> statement-breakpoint\nINSERT INTO nothing VALUES (1)',
      };
      expect(await kind(migrate(fresh, [...migrations, broken]))).toBe('other');
      expect(await fresh.all("SELECT name FROM sqlite_master WHERE name = 'half'")).toEqual([]);
      // Merged late, with an earlier number: its name is not there, so it runs.
      const late = { name: '0000_late', sql: 'CREATE TABLE late (a)' };
      await migrate(fresh, [late, ...migrations]);
      expect(await fresh.all("SELECT name FROM sqlite_master WHERE name = 'late'")).toEqual([{ name: 'late' }]);
      fresh.close();
    });
  });
}
