import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { config, freshName, type RunBody, register, series } from './documents.ts';
import { Caller, type Failure, type Json, type Open, type TestServer } from './server.ts';

const DAY = 86_400_000;
let keys = 0;
const freshKey = (): string => `key-${++keys}-${performance.now()}`;

export function suite(open: Open): void {
  describe('requests', () => {
    let server: TestServer;
    let token: string;
    let user: Caller;

    beforeAll(async () => {
      server = await open();
      token = await server.token('admin');
      user = new Caller(server, token);
    });
    afterAll(() => server.close());

    async function ask<T = Json>(method: string, path: string, headers: Record<string, string>, body?: unknown) {
      const response = await server.fetch(`/api/v1${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, headers: response.headers, body: (text === '' ? null : JSON.parse(text)) as T };
    }
    const create = <T = RunBody>(key: string, body: unknown, path = '/runs') =>
      ask<T>('POST', path, { 'idempotency-key': key }, body);
    const runsOf = async (experiment: string): Promise<number> =>
      (
        await user.ok<{ total: number }>(
          'GET',
          `/runs?count=true&filter=${encodeURIComponent(`experiment = "${experiment}"`)}`,
        )
      ).total;

    describe('with an Idempotency-Key', () => {
      test('the same again answers the same, creates nothing and writes nothing', async () => {
        const key = freshKey();
        const experiment = freshName();
        const body = { experiment, config: config() };
        const made = await create(key, body);
        expect(made.status).toBe(201);
        expect(made.headers.get('idempotency-replayed')).toBeNull();
        await server.advance(1000);
        const written = await server.rowsWritten(async () => {
          const again = await create(key, body);
          expect(again).toMatchObject({ status: 201, body: made.body });
          expect(again.headers.get('idempotency-replayed')).toBe('true');
        });
        expect(written).toBe(0);
        expect(await runsOf(experiment)).toBe(1);
        expect((await create(freshKey(), body)).body.id).not.toBe(made.body.id);
        expect(await runsOf(experiment)).toBe(2);
      });

      test('another body is a conflict that says so; another caller or address has keys of its own', async () => {
        const key = freshKey();
        const made = await create(key, { experiment: freshName() });
        expect(made.status).toBe(201);
        const other = await create<Failure>(key, { experiment: freshName() });
        expect(other).toMatchObject({ status: 409, body: { error: { code: 'conflict' } } });
        expect(other.body.error.message).toContain('Idempotency-Key');
        expect((await create(key, { name: freshName() }, '/experiments')).status).toBe(201);
        const stranger = await server.token('write');
        const theirs = await server.fetch('/api/v1/runs', {
          method: 'POST',
          headers: { authorization: `Bearer ${stranger}`, 'idempotency-key': key },
          body: JSON.stringify({ experiment: freshName() }),
        });
        expect(theirs.status).toBe(201);
      });

      test('many at once create one', async () => {
        const key = freshKey();
        const experiment = freshName();
        const replies = await Promise.all(Array.from({ length: 8 }, () => create(key, { experiment })));
        expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([201]));
        expect(new Set(replies.map(({ body }) => body.id)).size).toBe(1);
        expect(await runsOf(experiment)).toBe(1);
      });

      test('every create of a project takes one, and a token’s secret comes again', async () => {
        const run = await register(user);
        for (const [path, body] of [
          ['/experiments', { name: freshName() }],
          [`/runs/${run.id}/clone`, { name: 'again' }],
          ['/datasets', { name: `d${++keys}`, files: [{ path: 'a.jpg', digest: 'a'.repeat(64), size: 1 }] }],
          ['/tokens', { name: 'a token', scope: 'read' }],
          ['/login-links', {}],
        ] as const) {
          const key = freshKey();
          const made = await create<Json>(key, body, path);
          expect(made, path).toMatchObject({ status: 201 });
          expect(await create<Json>(key, body, path), path).toMatchObject({ status: 201, body: made.body });
        }
      });

      test('what is refused may be tried again with it', async () => {
        const key = freshKey();
        const name = freshName();
        const first = await user.ok<{ id: number }>('POST', '/experiments', { name });
        expect((await create(key, { name }, '/experiments')).status).toBe(409);
        await user.ok('PATCH', `/experiments/${first.id}`, { name: freshName() });
        expect((await create(key, { name }, '/experiments')).status).toBe(201);
        expect((await create(key, { name }, '/experiments')).status).toBe(201);
        expect((await create(freshKey(), { nonsense: 1 })).status).toBe(400);
      });

      test('it is forgotten after a day, by the clock and by what the alarm does', async () => {
        const [one, two] = [freshKey(), freshKey()];
        const experiment = freshName();
        const made = [await create(one, { experiment }), await create(two, { experiment })];
        await server.advance(DAY - 1000);
        expect((await create(one, { experiment })).body.id).toBe(made[0]!.body.id);
        await server.advance(2000);
        expect((await create(one, { experiment })).body.id).not.toBe(made[0]!.body.id);
        await server.tick();
        expect((await create(two, { experiment })).body.id).not.toBe(made[1]!.body.id);
        expect(await runsOf(experiment)).toBe(4);
      });

      test('costs two rows written, and none without it; a key is visible ASCII', async () => {
        const experiment = freshName();
        await create(freshKey(), { experiment });
        const plain = await server.rowsWritten(() => user.ok('POST', '/runs', { experiment }));
        const keyed = await server.rowsWritten(() => create(freshKey(), { experiment }));
        expect(keyed - plain).toBe(2);
        for (const key of ['with a space', 'x'.repeat(256)])
          expect(await create(key, { experiment })).toMatchObject({ status: 400 });
      });
    });

    describe('with tags', () => {
      test('what did not change is 304, without a body', async () => {
        const run = await register(user);
        for (const path of [`/runs/${run.id}`, '/runs?limit=1', '/experiments', '/whoami']) {
          const first = await ask('GET', path, {});
          const etag = first.headers.get('etag')!;
          expect(etag, path).toMatch(/^W\/"[0-9a-f.]{16,33}"$/);
          expect(first.headers.get('cache-control')).toBe('private, no-cache');
          const again = await ask('GET', path, { 'if-none-match': `"other", ${etag}` });
          expect(again, path).toMatchObject({ status: 304, body: null });
          expect(again.headers.get('etag')).toBe(etag);
        }
        const { etag } = Object.fromEntries((await ask('GET', `/runs/${run.id}`, {})).headers);
        await user.ok('PATCH', `/runs/${run.id}`, { note: 'new' });
        const changed = await ask('GET', `/runs/${run.id}`, { 'if-none-match': etag! });
        expect(changed).toMatchObject({ status: 200, body: { note: 'new' } });
      });

      test('an update from an older state is 412 and changes nothing; logging is no edit', async () => {
        const run = await user.ok<RunBody>('POST', '/runs', { experiment: freshName() });
        const path = `/runs/${run.id}`;
        const read = async () => (await ask('GET', path, {})).headers.get('etag')!;
        const edit = (etag: string, note: string) => ask<Failure & Json>('PATCH', path, { 'if-match': etag }, { note });
        const first = await read();
        await user.ok('POST', `${path}/log`, { series: [series('loss', [[1, 1]])] });
        expect(await edit(first, 'one')).toMatchObject({ status: 200, body: { note: 'one' } });
        const refused = await edit(first, 'two');
        expect(refused).toMatchObject({ status: 412, body: { error: { code: 'precondition_failed' } } });
        expect(await user.ok('GET', path)).toMatchObject({ note: 'one' });
        const second = await read();
        const both = await Promise.all([edit(second, 'three'), edit(second, 'four')]);
        expect(both.map(({ status }) => status).toSorted()).toEqual([200, 412]);
        expect((await edit('*', 'five')).status).toBe(200);
        const gone = await ask('PATCH', `/runs/${'0'.repeat(32)}`, { 'if-match': second }, { note: '' });
        expect(gone.status).toBe(404);
      });

      test('no other update comes between the check and the change', async () => {
        const run = await user.ok<RunBody>('POST', '/runs', { experiment: freshName() });
        const path = `/runs/${run.id}`;
        for (let i = 0; i < 10; i++) {
          const etag = (await ask('GET', path, {})).headers.get('etag')!;
          const [checked] = await Promise.all([
            ask('PATCH', path, { 'if-match': etag }, { note: `checked ${i}` }),
            ask('PATCH', path, {}, { note: `unasked ${i}` }),
          ]);
          // Either the check saw the other's change, or it was first and the other's is what stays.
          expect([200, 412]).toContain(checked.status);
          expect(await user.ok('GET', path)).toMatchObject({ note: `unasked ${i}` });
        }
      });
    });
  });
}
