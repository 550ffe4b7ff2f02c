import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { seeded } from '../support/seed.ts';
import { claim, freshName, held, hello, type LeaseBody, register } from './documents.ts';
import { Caller, type Json, type Open, type TestServer } from './server.ts';

interface Medium {
  key: string;
  step: number;
  attempt: number;
  time: number;
  value: Json;
}
interface Page {
  media: Medium[];
  next: string | null;
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const words = (text: string): Json => ({ type: 'text', text, format: 'plain' });
const item = (key: string, step: number, value: Json): Json => ({ key, step, time: 1_764_000_000_000 + step, value });

const EXAMPLES: Record<string, Json> = {
  table: {
    type: 'table',
    columns: ['file', 'p', 'right'],
    rows: [
      ['a.jpg', 0.25, true],
      ['b.jpg', null, false],
    ],
  },
  histogram: { type: 'histogram', edges: [-1, 0, 0.5, 2], counts: [3, 0, 7] },
  confusion_matrix: {
    type: 'confusion_matrix',
    classes: ['cats', 'dogs'],
    counts: [
      [8, 2],
      [1, 9],
    ],
  },
  pr_curve: { type: 'pr_curve', curves: [{ name: 'dogs', x: [0, 0.5, 1], y: [1, 1, 0.5], area: 0.9 }] },
  roc_curve: { type: 'roc_curve', curves: [{ name: 'dogs', x: [0, 0, 1], y: [0, 0.5, 1] }] },
  text: { type: 'text', text: '# what **happened**', format: 'markdown' },
};

export function suite(open: Open): void {
  describe('media', () => {
    let server: TestServer;
    let token: string;
    let user: Caller;
    let worker: Caller;
    let only = 0;
    beforeAll(async () => {
      server = await open();
      token = await server.token('write');
      user = new Caller(server, token);
      worker = await Caller.of(server, 'worker');
    });
    afterAll(() => server.close());

    const script = async () => {
      const run = await user.ok<{ id: string; session: { token: string } }>('POST', '/runs', {
        experiment: freshName(),
      });
      const save = (...items: Json[]) => user.ok('POST', `/runs/${run.id}/media`, { items });
      const list = (query = '') => user.ok<Page>('GET', `/runs/${run.id}/media${query}`);
      return { id: run.id, token: run.session.token, save, list };
    };
    const store = async (text: string): Promise<string> => {
      const digest = sha256(text);
      const response = await server.fetch(`/api/v1/blobs/${digest}`, {
        method: 'PUT',
        headers: { authorization: `Bearer ${token}` },
        body: text,
      });
      expect(response.status).toBe(201);
      return digest;
    };
    const picture = (digest: string, more: Json = {}): Json => ({
      type: 'image',
      images: [{ digest, contentType: 'image/png', width: 4, height: 3, ...more }],
    });
    const posted = (run: string, lease: Json | null, items: Json[], caller = worker) =>
      server
        .fetch(`/api/v1/runs/${run}/media`, {
          method: 'POST',
          headers: {
            authorization: `Bearer ${caller === worker ? workerToken : token}`,
            'content-type': 'application/json',
            ...(lease ? { 'tidemark-lease': `${lease.attempt}.${lease.token}` } : {}),
          },
          body: JSON.stringify({ items }),
        })
        .then(async (response) => ({ status: response.status, body: (await response.json()) as Json }));
    let workerToken: string;
    beforeAll(async () => {
      workerToken = await server.token('worker');
    });

    test('of a run without any are none', async () => {
      const { id, list } = await script();
      expect(await list()).toEqual({ media: [], next: null });
      expect(await list('?near=latest')).toEqual({ media: [], next: null });
      expect(await user.ok('GET', `/runs/${id}/media/keys`)).toEqual({ keys: [] });
    });

    test.each(Object.entries(EXAMPLES))('%s comes back as it was', async (type, value) => {
      const { id, save, list } = await script();
      await save(item('val/it', 7, value));
      expect(await list()).toEqual({
        media: [{ key: 'val/it', step: 7, attempt: 1, time: 1_764_000_000_007, value }],
        next: null,
      });
      expect(await list(`?type=${type}`)).toMatchObject({ media: [{ step: 7 }] });
      expect(await list(`?type=${type === 'text' ? 'table' : 'text'}`)).toMatchObject({ media: [] });
      expect(await user.ok('GET', `/runs/${id}/media/keys`)).toEqual({ keys: [{ key: 'val/it', type, steps: [7] }] });
    });

    test('an image’s bytes come first, and are served with their type to readers of its run alone', async () => {
      const { id, save, list } = await script();
      const other = await script();
      const unknown = sha256(freshName());
      const refused = await user.fails('POST', `/runs/${id}/media`, { items: [item('seen', 1, picture(unknown))] });
      expect(refused).toMatchObject({ status: 404, message: expect.stringContaining(unknown) });
      const bytes = freshName('image');
      const digest = await store(bytes);
      const value = picture(digest, {
        caption: 'a cat',
        boxes: [{ x: 0, y: 0.5, width: 0.25, height: 0.5, label: 'cat', score: 0.9 }],
      });
      await save(item('seen', 1, value));
      expect((await list()).media[0]!.value).toEqual(value);
      const get = (run: string, query: Record<string, string> = {}) =>
        server.fetch(`/api/v1/runs/${run}/media/blobs/${digest}`, {
          headers: { authorization: `Bearer ${token}`, ...query },
        });
      const served = await get(id);
      expect(served.headers.get('content-type')).toBe('image/png');
      expect(await served.text()).toBe(bytes);
      const part = await get(id, { range: 'bytes=0-3' });
      expect([part.status, await part.text()]).toEqual([206, bytes.slice(0, 4)]);
      expect((await get(other.id)).status).toBe(404);
      // Replaced, it is no longer this run's.
      await save(item('seen', 1, words('no image any more')));
      expect((await get(id)).status).toBe(404);
    });

    test('bytes of images stay as long as a run shows them', async () => {
      const { id, save } = await script();
      const bytes = freshName('kept');
      const digest = await store(bytes);
      const loose = await store(freshName('loose'));
      await save(item('seen', 1, picture(digest)));
      for (let hour = 0; hour < 3; hour++) {
        await server.advance(3_700_000);
        await server.tick();
      }
      const status = async (path: string) =>
        (await server.fetch(`/api/v1${path}`, { headers: { authorization: `Bearer ${token}` } })).status;
      expect(await status(`/runs/${id}/media/blobs/${digest}`)).toBe(200);
      expect(await status(`/blobs/${loose}`)).toBe(404);
    });

    test('the same again writes nothing; another value replaces it; a call is kept whole or not at all', async () => {
      const { id, save, list } = await script();
      await save(item('a', 1, words('one')), item('b', 1, words('two')));
      expect(await server.rowsWritten(() => save(item('a', 1, words('one')), item('b', 1, words('two'))))).toBe(0);
      await save(item('a', 1, words('three')));
      expect((await list()).media.map(({ key, value }) => [key, value.text])).toEqual([
        ['a', 'three'],
        ['b', 'two'],
      ]);
      const half = [item('a', 1, words('four')), item('c', 1, picture('f'.repeat(64)))];
      expect((await user.send('POST', `/runs/${id}/media`, { items: half })).status).toBe(404);
      expect((await list()).media.map(({ value }) => value.text)).toEqual(['three', 'two']);
    });

    test('are read by page, key, range, and the nearest to a step', async () => {
      const { id, save, list } = await script();
      for (const step of [10, 20, 40])
        await save(item('a', step, words(`a ${step}`)), item('b/c', step + 1, words(`b ${step}`)));
      const said = ({ media }: Page) => media.map(({ key, step }) => `${key} ${step}`);
      const whole = ['a 10', 'a 20', 'a 40', 'b/c 11', 'b/c 21', 'b/c 41'];
      expect(said(await list())).toEqual(whole);
      const paged: string[] = [];
      let cursor = '';
      do {
        const page = await list(`?limit=2${cursor}`);
        paged.push(...said(page));
        cursor = page.next === null ? '' : `&cursor=${encodeURIComponent(page.next)}`;
      } while (cursor !== '');
      expect(paged).toEqual(whole);
      expect(said(await list('?keys=b/c&from=12&to=41'))).toEqual(['b/c 21', 'b/c 41']);
      expect(said(await list('?near=latest'))).toEqual(['a 40', 'b/c 41']);
      expect(said(await list('?near=30'))).toEqual(['a 20', 'b/c 21']);
      expect(said(await list('?near=31&keys=a'))).toEqual(['a 40']);
      expect(said(await list('?near=-5'))).toEqual(['a 10', 'b/c 11']);
      const first = await list('?near=latest&limit=1');
      expect(said(await list(`?near=latest&cursor=${encodeURIComponent(first.next!)}`))).toEqual(['b/c 41']);
      expect(await user.ok('GET', `/runs/${id}/media/keys`)).toEqual({
        keys: [
          { key: 'a', type: 'text', steps: [10, 20, 40] },
          { key: 'b/c', type: 'text', steps: [11, 21, 41] },
        ],
      });
      expect(await user.fails('GET', `/runs/${id}/media?cursor=x`)).toMatchObject({ code: 'invalid_request' });
    });

    test('a page of large values ends before it is too large, and goes on', async () => {
      const { save, list } = await script();
      const large = (n: number) => ({
        type: 'table',
        columns: ['x'],
        rows: Array.from({ length: 13 }, () => [String(n).repeat(19_000)]),
      });
      for (let n = 0; n < 20; n++) await save(item('t', n, large(n % 10)));
      const first = await list();
      expect(first.media.length).toBeLessThan(20);
      const rest = await list(`?cursor=${encodeURIComponent(first.next!)}`);
      expect([...first.media, ...rest.media].map(({ step }) => step)).toEqual(Array.from({ length: 20 }, (_, n) => n));
    });

    test.each([
      ['cells that are no columns', { type: 'table', columns: ['a', 'b'], rows: [['x']] }],
      ['a count too few', { type: 'histogram', edges: [0, 1, 2], counts: [1] }],
      ['edges that fall', { type: 'histogram', edges: [0, 2, 1], counts: [1, 1] }],
      ['a matrix that is not square', { type: 'confusion_matrix', classes: ['a', 'b'], counts: [[1, 2]] }],
      ['a curve beyond 1', { type: 'roc_curve', curves: [{ name: 'a', x: [0, 1.5], y: [0, 1] }] }],
      ['an image that is a page', picture('0'.repeat(64), { contentType: 'text/html' })],
      ['a type of no kind', { type: 'video', digest: '0'.repeat(64) }],
    ])('refuses %s', async (_, value) => {
      const { id } = await script();
      const refused = await user.fails('POST', `/runs/${id}/media`, { items: [item('k', 1, value)] });
      expect(refused).toMatchObject({ status: 400, code: 'invalid_request' });
      expect(refused.details![0]!.path.slice(0, 3)).toEqual(['items', 0, 'value']);
    });

    test('refuses what is too large, given twice, or of no run', async () => {
      const { id } = await script();
      const rows = Array.from({ length: 20 }, () => ['x'.repeat(15_000)]);
      const large = item('k', 1, { type: 'table', columns: ['a'], rows });
      expect(await user.fails('POST', `/runs/${id}/media`, { items: [large] })).toMatchObject({
        status: 413,
        details: [{ path: ['items', 0, 'value'], allowed: '≤ 262144' }],
      });
      const twice = [item('k', 1, words('a')), item('k', 1, words('b'))];
      expect(await user.fails('POST', `/runs/${id}/media`, { items: twice })).toMatchObject({ status: 400 });
      const nowhere = `/runs/${'0'.repeat(32)}/media`;
      expect(await user.fails('POST', nowhere, { items: [item('k', 1, words('a'))] })).toMatchObject({ status: 404 });
      expect(await user.fails('GET', nowhere)).toMatchObject({ status: 404 });
      expect(await user.fails('GET', `${nowhere}/keys`)).toMatchObject({ status: 404 });
    });

    test('a finished run still takes them, a queued one does not, and one that a worker holds only from it', async () => {
      const done = await script();
      await user.ok('POST', `/runs/${done.id}/finish`, {
        attempt: 1,
        token: done.token,
        finalSeq: 0,
        outcome: 'finished',
      });
      await done.save(item('after', 1, words('the end')));
      expect((await done.list()).media).toHaveLength(1);
      const label = `media-${++only}-${performance.now()}`;
      await hello(worker, `media-${only}`, { labels: [label] });
      const run = await register(user, { requires: [label] });
      const one = [item('k', 1, words('a'))];
      expect((await posted(run.id, null, one, user)).status).toBe(409);
      const lease = (await claim(worker, `media-${only}`, [label]))!;
      expect((await posted(run.id, null, one, user)).status).toBe(409);
      expect((await posted(run.id, null, one)).status).toBe(403);
      expect((await posted(run.id, { attempt: 1, token: 'x'.repeat(40) }, one)).body).toMatchObject({
        error: { code: 'stale_attempt' },
      });
      expect((await posted(run.id, held(lease), one)).status).toBe(200);
      await user.ok('POST', `/runs/${run.id}/cancel`);
    });

    test('what is shown is one lineage: a naive model agrees over attempts, checkpoints and resumes', async () => {
      const put = fc.record({ op: fc.constant('put' as const), key: fc.constantFrom('a', 'b'), step: fc.nat(6) });
      const mark = fc.record({ op: fc.constant('checkpoint' as const), step: fc.nat(6) });
      const attempts = fc.array(fc.array(fc.oneof(put, put, mark), { maxLength: 6 }), { minLength: 1, maxLength: 4 });
      await fc.assert(
        fc.asyncProperty(attempts, async (plan) => {
          const label = `model-${++only}-${performance.now()}`;
          await hello(worker, `model-${only}`, { labels: [label] });
          const run = await register(user, { requires: [label] });
          const weights = await store(`weights of the model ${only}`);
          const model = new NaiveMedia();
          const agree = async () => {
            const { media } = await user.ok<Page>('GET', `/runs/${run.id}/media`);
            expect(media.map(({ key, step, value }) => [key, step, value.text])).toEqual(model.shown());
          };
          for (const [index, ops] of plan.entries()) {
            const lease: LeaseBody = (await claim(worker, `model-${only}`, [label]))!;
            model.begin();
            await agree();
            for (const [n, one] of ops.entries()) {
              if (one.op === 'put') {
                const text = `attempt ${index} put ${n}`;
                expect((await posted(run.id, held(lease), [item(one.key, one.step, words(text))])).status).toBe(200);
                model.put(one.key, one.step, text);
              } else {
                await worker.ok('POST', `/leases/${run.id}/checkpoint`, {
                  ...held(lease),
                  throughSeq: 0,
                  epoch: 1,
                  step: one.step,
                  kept: ['best', 'latest'],
                  digest: weights,
                  size: 20,
                });
                model.checkpoint(one.step);
              }
            }
            await agree();
            if (index < plan.length - 1) {
              await worker.ok('POST', `/leases/${run.id}/release`, held(lease));
              model.end();
              await agree();
            }
          }
          await user.ok('POST', `/runs/${run.id}/cancel`);
          await server.advance(3_600_000);
          await server.tick();
        }),
        seeded(12),
      );
    });
  });
}

/** Media as plain lists: of each attempt what it put, and up to where it counts. */
class NaiveMedia {
  readonly #attempts: { upTo: number; items: Map<string, [string, number, string]> }[] = [];
  #last = Number.NEGATIVE_INFINITY;

  begin(): void {
    for (const attempt of this.#attempts) attempt.upTo = Math.min(attempt.upTo, this.#last);
    this.#attempts.push({ upTo: Number.POSITIVE_INFINITY, items: new Map() });
  }
  put(key: string, step: number, text: string): void {
    this.#attempts.at(-1)!.items.set(`${key} ${step}`, [key, step, text]);
  }
  checkpoint(step: number): void {
    this.#last = Math.max(this.#last, step);
  }
  end(): void {
    const attempt = this.#attempts.at(-1)!;
    attempt.upTo = Math.min(attempt.upTo, this.#last);
  }
  shown(): [string, number, string][] {
    const all = new Map<string, [string, number, string]>();
    for (const { upTo, items } of this.#attempts) {
      for (const [place, one] of items) if (one[1] <= upTo) all.set(place, one);
    }
    return [...all.values()].sort(([a, s], [b, t]) => (a < b ? -1 : a > b ? 1 : s - t));
  }
}
