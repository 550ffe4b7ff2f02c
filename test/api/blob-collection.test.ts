import { createHash } from 'node:crypto';
import type { BlobStore } from '@tidemark/api/blobs/store';
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
        const plain = createProject(deps);
        const project = createProject(mine);
        const ask = async (to: typeof project, method: string, place: string, body?: string): Promise<Response> =>
          to.fetch(
            new Request(`http://localhost/api/v1${place}`, {
              method,
              headers: { authorization: `Bearer ${secret}` },
              ...(body === undefined ? {} : { body }),
            }),
          );
        const created = await ask(plain, 'POST', '/runs', JSON.stringify({ experiment: prefix }));
        const { id: run } = (await created.json()) as { id: string };
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
            await ask(project, 'DELETE', `/runs/${run}/artifacts/${one.path}`);
            return;
          }
          const text = textOf(one.content);
          const digest = digestOf(text);
          const size = text.length;
          if (one.kind === 'orphan') await deps.blobs.put(Buffer.from(text), { limit: 10_000 });
          else if (one.kind === 'blob') await ask(project, 'PUT', `/blobs/${digest}`, text);
          else if (one.kind === 'artifact') await ask(project, 'PUT', `/runs/${run}/artifacts/${one.path}`, text);
          else if (one.kind === 'by digest') {
            await ask(project, 'POST', `/runs/${run}/artifacts/${one.path}/parts`, JSON.stringify({ digest, size }));
          } else {
            await ask(
              project,
              'POST',
              '/datasets',
              JSON.stringify({ name: prefix, files: [{ path: 'a', digest, size }] }),
            );
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
