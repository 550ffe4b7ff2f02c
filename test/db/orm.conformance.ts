import { type Database, DatabaseError } from '@tidemark/db/database';
import { migrate } from '@tidemark/db/migrate';
import { migrations } from '@tidemark/db/migrations/index';
import { orm } from '@tidemark/db/orm';
import { experiments } from '@tidemark/db/schema/experiments';
import { live } from '@tidemark/db/schema/leases';
import { runs } from '@tidemark/db/schema/runs';
import { sessions, tokens } from '@tidemark/db/schema/tokens';
import { desc, eq, gt, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

/** Drizzle over a driver of the port. */
export function conformance(name: string, open: () => Promise<Database>): void {
  describe(`drizzle over ${name}`, () => {
    let db: Database;
    beforeAll(async () => {
      db = await open();
      await migrate(db, migrations);
    });
    afterAll(() => db.close());

    const experiment = (title: string) =>
      orm(db).insert(experiments).values({ name: title, slug: title, created_at: 1 }).returning().get();
    const token = (hash: string) => ({ name: 'ci', scope: 'write', hash, created_at: 5 }) as const;

    test('a row goes in and comes back by the schema’s names, defaults and nulls too', async () => {
      const made = await experiment('rows');
      expect(made).toEqual({
        id: expect.any(Number),
        name: 'rows',
        slug: 'rows',
        created_at: 1,
        archived_at: null,
        primary_key: null,
        primary_mode: null,
        next_ordinal: 1,
      });
      const row = await orm(db).select().from(experiments).where(eq(experiments.id, made.id)).get();
      expect(row).toEqual(made);
      expect(await db.all('SELECT * FROM experiments WHERE id = ?', [made.id])).toEqual([made]);
      expect(await orm(db).select().from(experiments).where(eq(experiments.id, 999))).toEqual([]);
      expect(await orm(db).select().from(experiments).where(eq(experiments.id, 999)).get()).toBeUndefined();
    });

    test('bytes come back as they went', async () => {
      const made = await experiment('bytes');
      const run = {
        id: 'b'.repeat(32),
        experiment_id: made.id,
        ordinal: 1,
        name: 'run',
        status: 'queued',
        origin: 'sdk',
        created_at: 2,
        created_by: 'tester',
        available_at: 2,
        request_hash: '',
      } as const;
      const lease = { run: run.id, attempt: 1, token: 't', leased: 1, touched_at: 2 };
      const tail = Uint8Array.of(0, 7, 255);
      await orm(db).batch([orm(db).insert(runs).values(run), orm(db).insert(live).values(lease)]);
      const kept = orm(db).select({ tail: live.tail }).from(live).where(eq(live.run, run.id));
      expect(await kept.get()).toEqual({ tail: new Uint8Array() });
      await orm(db).update(live).set({ tail }).where(eq(live.run, run.id));
      expect(await kept).toEqual([{ tail }]);
    });

    test('columns of one name in a join stay apart, and a row that is not there is null', async () => {
      const [one] = await orm(db)
        .insert(tokens)
        .values([token('join'), token('other')])
        .returning({ id: tokens.id });
      const session = { hash: 'session', token_id: one!.id, created_at: 6, expires_at: 7 };
      await orm(db).insert(sessions).values(session);
      const joined = orm(db).select().from(tokens).leftJoin(sessions, eq(sessions.token_id, tokens.id));
      const rows = await joined.where(gt(tokens.id, 0)).orderBy(tokens.id);
      expect(rows.map(({ tokens: { hash }, sessions }) => [hash, sessions])).toEqual([
        ['join', { ...session, member_id: null, agent: '', code: 0 }],
        ['other', null],
      ]);
      const hashes = { first: tokens.hash, second: sessions.hash };
      const named = orm(db).select(hashes).from(sessions).innerJoin(tokens, eq(tokens.id, sessions.token_id));
      expect(await named).toEqual([{ first: 'join', second: 'session' }]);
      expect((await orm(db).batch([named]))[0]).toEqual([{ first: 'join', second: 'session' }]);
    });

    test('a batch is one transaction of queries and SQL by hand, and answers each', async () => {
      const { id } = await experiment('batch');
      const mine = eq(experiments.id, id);
      const [changed, none, counted, listed] = await orm(db).batch([
        orm(db).update(experiments).set({ slug: 'changed' }).where(mine).returning({ is: experiments.slug }),
        orm(db).delete(experiments).where(eq(experiments.id, 999)),
        { sql: 'SELECT slug, COUNT(*) FROM experiments WHERE id = ?', params: [id] },
        orm(db).select({ id: experiments.id }).from(experiments).orderBy(desc(experiments.id)).limit(1),
      ]);
      expect(changed).toEqual([{ is: 'changed' }]);
      expect(none).toEqual({ rows: [] });
      expect(counted).toEqual([['changed', 1]]);
      expect(listed).toEqual([{ id }]);
      const failing = orm(db).batch([
        orm(db).update(experiments).set({ slug: 'lost' }).where(mine),
        { sql: 'INSERT INTO experiments (name, slug, created_at) VALUES (?, ?, 1)', params: ['batch', 'batch'] },
      ]);
      await expect(failing).rejects.toMatchObject({ name: 'DatabaseError', kind: 'constraint' });
      expect(await orm(db).select({ slug: experiments.slug }).from(experiments).where(mine)).toEqual([
        { slug: 'changed' },
      ]);
    });

    test('errors are the port’s, whichever way a query is sent', async () => {
      await experiment('taken');
      const again = () => orm(db).insert(experiments).values({ name: 'taken', slug: 'taken', created_at: 1 });
      const nothing = sql`SELECT * FROM missing`;
      const asked = [
        () => again(),
        () => again().returning(),
        () => again().returning().get(),
        () => again().run(),
        () => again().returning().values(),
        () => orm(db).batch([again()]),
      ];
      for (const ask of asked) {
        const error = await Promise.resolve(ask()).catch((reason: unknown) => reason);
        expect(error).toBeInstanceOf(DatabaseError);
        expect(error).toMatchObject({ kind: 'constraint' });
      }
      await expect(orm(db).all(nothing)).rejects.toMatchObject({ name: 'DatabaseError', kind: 'other' });
    });

    test('a transaction that would wait between statements is refused', () => {
      expect(() => orm(db).transaction(async () => {})).toThrow('use batch');
    });
  });
}
