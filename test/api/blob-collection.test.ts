import { createHash } from 'node:crypto';
import type { BlobStore } from '@tidemark/api/blobs/store';
import { sweepBlobs } from '@tidemark/api/blobs/sweep';
import { createProject } from '@tidemark/api/project';
import { tick } from '@tidemark/api/tick';
import { createToken } from '@tidemark/api/tokens/create';
import type { Database } from '@tidemark/db/database';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openDeps } from '../support/open-libsql.ts';

const MINUTE = 60_000;
const textOf = (content: number): string => `content ${content}`.repeat(content + 1);
const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex');

type Step =
  | { kind: 'blob' | 'dataset' | 'orphan'; content: number }
  | { kind: 'artifact' | 'by digest'; content: number; path: number }
  | { kind: 'delete'; path: number }
  | { kind: 'tick'; minutes: number; crash: boolean };

const content = fc.nat(3);
const path = fc.nat(2);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constantFrom('blob' as const, 'dataset' as const, 'orphan' as const), content }),
  fc.record({ kind: fc.constantFrom('artifact' as const, 'by digest' as const), content, path }),
  fc.record({ kind: fc.constant('delete' as const), path }),
  fc.record({ kind: fc.constant('delete' as const), path }),
  fc.record({ kind: fc.constant('tick' as const), minutes: fc.constantFrom(1, 31, 61, 1500), crash: fc.boolean() }),
);

/** The same calls, each of which waits until the scheduler says. */
function scheduled(s: fc.Scheduler, db: Database, blobs: BlobStore): { db: Database; blobs: BlobStore } {
  const wrap =
    <A extends unknown[], R>(name: string, call: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      await s.schedule(Promise.resolve(), name);
      return call(...args);
    };
  return {
    db: {
      ...db,
      all: wrap('all', db.all) as Database['all'],
      batch: wrap('batch', db.batch),
    },
    blobs: {
      ...blobs,
      put: wrap('put', blobs.put),
      delete: wrap('remove', blobs.delete),
      size: wrap('size', blobs.size),
    },
  };
}

const asker =
  (project: ReturnType<typeof createProject>, secret: string) =>
  (method: string, place: string, body?: string): Promise<Response> =>
    project.fetch(
      new Request(`http://localhost/api/v1${place}`, {
        method,
        headers: { authorization: `Bearer ${secret}` },
        ...(body === undefined ? {} : { body }),
      }),
    );

function gate(): { opened: Promise<void>; open: () => void } {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

async function createRun(ask: ReturnType<typeof asker>, experiment: string): Promise<string> {
  const created = await ask('POST', '/runs', JSON.stringify({ experiment }));
  return ((await created.json()) as { id: string }).id;
}

test('whatever comes between what, named bytes are never deleted, and in the end no others are left', async () => {
  const opened = await openDeps({}, ':memory:');
  const { deps, clock } = opened;
  const { secret } = await createToken(deps, { name: 't', scope: 'write' });
  let round = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(fc.array(step, { maxLength: 5 }), { minLength: 2, maxLength: 4 }),
      async (s, lanes) => {
        const prefix = `r${++round}`;
        const { db, blobs } = scheduled(s, deps.db, deps.blobs);
        let crash = false;
        const store: BlobStore = {
          ...blobs,
          delete: (digests) => (crash ? Promise.reject(new Error('crash')) : blobs.delete(digests)),
        };
        const mine = { ...deps, db, blobs: store };
        const ask = asker(createProject(mine), secret);
        const run = await createRun(asker(createProject(deps), secret), prefix);
        let ticking: Promise<unknown> = Promise.resolve();
        async function take(one: Step): Promise<void> {
          if (one.kind === 'tick') {
            // One at a time, as every runtime has it.
            ticking = ticking.then(async () => {
              clock.now += one.minutes * MINUTE;
              crash = one.crash;
              await tick(mine).catch(() => {});
              crash = false;
            });
            await ticking;
            return;
          }
          if (one.kind === 'delete') {
            await ask('DELETE', `/runs/${run}/artifacts/${one.path}`);
            return;
          }
          const text = textOf(one.content);
          const digest = digestOf(text);
          const size = text.length;
          if (one.kind === 'orphan') await deps.blobs.put(Buffer.from(text), { limit: 10_000 });
          else if (one.kind === 'blob') await ask('PUT', `/blobs/${digest}`, text);
          else if (one.kind === 'artifact') await ask('PUT', `/runs/${run}/artifacts/${one.path}`, text);
          else if (one.kind === 'by digest') {
            await ask('POST', `/runs/${run}/artifacts/${one.path}/parts`, JSON.stringify({ digest, size }));
          } else {
            await ask('POST', '/datasets', JSON.stringify({ name: prefix, files: [{ path: 'a', digest, size }] }));
          }
        }
        const work = Promise.all(
          lanes.map(async (steps) => {
            for (const one of steps) await take(one);
          }),
        );
        await s.waitFor(work);

        const check = async (): Promise<Set<string>> => {
          const rows = await deps.db.all<{ digest: string; size: number }>('SELECT digest, size FROM artifacts');
          for (const { digest, size } of rows) expect(await deps.blobs.size(digest), digest).toBe(size);
          return new Set(rows.map((row) => row.digest));
        };
        await check();
        // A walk through the store is wanted now; then long quiet.
        await deps.db.all(
          `INSERT INTO upkeep (name, due) VALUES ('listing', ?) ON CONFLICT (name) DO UPDATE SET due = excluded.due`,
          [clock.now],
        );
        for (const wait of [0, 61 * MINUTE, 61 * MINUTE, MINUTE]) {
          clock.now += wait;
          await tick(deps);
        }
        const named = await check();
        const files = await deps.db.all<{ digest: string }>(
          'SELECT file.value ->> 1 AS digest FROM dataset_parts, json_each(dataset_parts.data) AS file',
        );
        for (const { digest } of files) named.add(digest);
        const { blobs: left } = await deps.blobs.list(null, 1000);
        expect(left.filter(({ digest }) => !named.has(digest))).toEqual([]);
        const rows = await deps.db.all<{ digest: string }>('SELECT digest FROM blobs ORDER BY digest');
        expect(rows.map((row) => row.digest)).toEqual(left.map((blob) => blob.digest));
      },
    ),
    { numRuns: Number(process.env.TIDEMARK_RUNS ?? 40) },
  );
  await opened.close();
}, 120_000);

// What the test above did not meet in 450 schedules: a name that is given slowly, in the very moment between the sweep's look and its
// deletion. Up to there any delay is safe; once the row is gone, one of less than the half hour that `keepBlob` makes sure of.
test('a name is heard whenever the sweep comes between', async () => {
  const opened = await openDeps({}, ':memory:');
  const { deps, clock } = opened;
  const { secret } = await createToken(deps, { name: 't', scope: 'write' });
  const plain = asker(createProject(deps), secret);
  let round = 0;
  const cases = fc.record({
    how: fc.constantFrom('digest' as const, 'bytes' as const, 'dataset' as const),
    at: fc.constantFrom('look' as const, 'deletion' as const, 'bytes' as const),
    /** How long ago the bytes were stored, and how long the name takes. */
    age: fc.constantFrom(1, 29, 31, 61, 1500),
    slow: fc.constantFrom(0, 29, 61, 1500),
  });
  await fc.assert(
    fc.asyncProperty(cases, async ({ how, at, age, slow }) => {
      fc.pre(at !== 'bytes' || slow < 30);
      const prefix = `n${++round}`;
      const run = await createRun(plain, prefix);
      const text = `content of ${prefix}`;
      const [digest, size] = [digestOf(text), text.length];
      expect((await plain('PUT', `/blobs/${digest}`, text)).status).toBe(201);
      clock.now += age * MINUTE;

      const [waits, goes] = [gate(), gate()];
      const slowly: Database['batch'] = async (statements) => {
        if (statements.some(({ sql }) => /INSERT INTO (artifacts|dataset_parts)/.test(sql))) {
          waits.open();
          await goes.opened;
        }
        return deps.db.batch(statements);
      };
      const ask = asker(createProject({ ...deps, db: { ...deps.db, batch: slowly } }), secret);
      const naming =
        how === 'bytes'
          ? ask('PUT', `/runs/${run}/artifacts/a`, text)
          : how === 'digest'
            ? ask('POST', `/runs/${run}/artifacts/a/parts`, JSON.stringify({ digest, size }))
            : ask('POST', '/datasets', JSON.stringify({ name: prefix, files: [{ path: 'a', digest, size }] }));
      await Promise.race([waits.opened, naming]);
      clock.now += slow * MINUTE;
      const now = async (moment: typeof at): Promise<void> => {
        if (moment !== at) return;
        goes.open();
        await naming;
      };
      await now('look');
      await sweepBlobs({
        ...deps,
        db: {
          ...deps.db,
          all: async (sql, params) => {
            if (sql.startsWith('DELETE FROM blobs')) await now('deletion');
            return deps.db.all(sql, params);
          },
        } as Database,
        blobs: {
          ...deps.blobs,
          delete: async (digests) => {
            if (digests.length > 0) await now('bytes');
            return deps.blobs.delete(digests);
          },
        },
      });
      goes.open();
      const answer = await naming;
      const wanted = how === 'dataset' ? ((await answer.json()) as { missing: string[] }).missing : [];
      if (!answer.ok || wanted.includes(digest)) return;
      expect(await deps.blobs.size(digest)).toBe(size);
      expect((await plain('GET', `/blobs/${digest}`)).status).toBe(200);
    }),
    { numRuns: Number(process.env.TIDEMARK_RUNS ?? 150) },
  );
  await opened.close();
}, 120_000);
