import { createHash } from 'node:crypto';
import type { BlobStore } from '@tidemark/api/blobs/store';
import { createProject } from '@tidemark/api/project';
import { tick } from '@tidemark/api/tick';
import { createToken } from '@tidemark/api/tokens/create';
import { describe, expect, test } from 'vitest';
import { openDeps } from '../support/open-libsql.ts';

const HOUR = 3_600_000;
const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex');

/** A store whose deletions wait to be let through. */
function held(store: BlobStore): { store: BlobStore; reached: Promise<void>; release(): void } {
  let reach = (): void => {};
  let release = (): void => {};
  const reached = new Promise<void>((resolve) => {
    reach = resolve;
  });
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  return {
    reached,
    release: () => release(),
    store: {
      ...store,
      delete: async (digests) => {
        if (digests.length > 0) {
          reach();
          await gate;
        }
        await store.delete(digests);
      },
    },
  };
}

describe('a sweep while bytes are stored', () => {
  test.each([
    ['a blob', (run: string) => (text: string) => [`/api/v1/blobs/${digestOf(text)}`, run] as const],
    ['an artifact of unknown digest', (run: string) => () => [`/api/v1/runs/${run}/artifacts/a`, run] as const],
  ])('%s that is just being deleted is asked for again, and is there afterwards', async (_, address) => {
    const opened = await openDeps();
    const { store, reached, release } = held(opened.deps.blobs);
    const deps = { ...opened.deps, blobs: store };
    const project = createProject(deps);
    const { secret } = await createToken(deps, { name: 't', scope: 'write' });
    const headers = { authorization: `Bearer ${secret}` };
    const call = (path: string, init: RequestInit = {}) =>
      project.fetch(new Request(`http://localhost${path}`, { ...init, headers }));
    const made = await call('/api/v1/runs', { method: 'POST', body: '{"experiment":"e"}' });
    const { id } = (await made.json()) as { id: string };
    const text = 'the same bytes';
    const blob = `/api/v1/blobs/${digestOf(text)}`;
    const [path] = address(id)(text);

    expect((await call(blob, { method: 'PUT', body: text })).status).toBe(201);
    opened.clock.now += HOUR;
    const sweeping = tick(deps);
    await reached;
    const meanwhile = await call(path, { method: 'PUT', body: text });
    expect(meanwhile.status).toBe(503);
    expect(meanwhile.headers.get('retry-after')).toBe('1');
    release();
    await sweeping;
    expect((await call(blob)).status).toBe(404);
    expect((await call(path, { method: 'PUT', body: text })).status).toBe(201);
    expect(await (await call(path)).text()).toBe(text);
    await opened.close();
  });

  test('bytes that get a name between the look and the deletion stay', async () => {
    const opened = await openDeps();
    const { deps } = opened;
    const project = createProject(deps);
    const { secret } = await createToken(deps, { name: 't', scope: 'write' });
    const headers = { authorization: `Bearer ${secret}` };
    const call = (path: string, init: RequestInit = {}) =>
      project.fetch(new Request(`http://localhost${path}`, { ...init, headers }));
    const text = 'named in time';
    const size = Buffer.byteLength(text);
    expect((await call(`/api/v1/blobs/${digestOf(text)}`, { method: 'PUT', body: text })).status).toBe(201);
    opened.clock.now += HOUR;
    // Between the sweep's two statements somebody else's runs.
    const { db } = deps;
    const between = {
      ...db,
      all: async <T extends Record<string, never>>(sql: string, params?: Parameters<typeof db.all>[1]) => {
        if (sql.startsWith('DELETE FROM blobs')) {
          const files = [{ path: 'a', digest: digestOf(text), size }];
          await call('/api/v1/datasets', { method: 'POST', body: JSON.stringify({ name: 'd', files }) });
        }
        return db.all<T>(sql, params);
      },
    };
    await tick({ ...deps, db: between as typeof db });
    expect(await (await call(`/api/v1/blobs/${digestOf(text)}`)).text()).toBe(text);
    await opened.close();
  });
});
