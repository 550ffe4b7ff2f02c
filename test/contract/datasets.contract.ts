import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { config, type RunBody, register } from './documents.ts';
import type { FrontServer, OpenFront } from './front-server.ts';
import { Caller, type Json } from './server.ts';

interface DatasetBody {
  name: string;
  version: number;
  digest: string;
  state: string;
  files: number;
  size: number;
  folders: Record<string, number>;
}
interface Answer {
  dataset: DatasetBody;
  missing: string[];
  missingCount: number;
}
interface FileBody {
  path: string;
  digest: string;
  size: number;
}

const digestOf = (content: string): string => createHash('sha256').update(content).digest('hex');
const file = (path: string, content: string): FileBody => ({
  path,
  digest: digestOf(content),
  size: Buffer.byteLength(content),
});

export function frontSuite(open: OpenFront): void {
  describe('datasets', () => {
    let server: FrontServer;
    let user: Caller;
    let token: string;

    beforeAll(async () => {
      server = await open();
      token = await server.token('write');
      user = new Caller(server, token);
    });
    afterAll(() => server.close());

    const create = (name: string, files: FileBody[]) => user.ok<Answer>('POST', '/datasets', { name, files });
    const upload = async (content: string): Promise<void> => {
      const path = `/api/v1/blobs/${digestOf(content)}`;
      const response = await server.fetch(path, {
        method: 'PUT',
        body: content,
        headers: { authorization: `Bearer ${token}` },
      });
      expect(response.status).toBe(201);
    };

    test('from a manifest to a ready version: only what is missing is uploaded', async () => {
      await upload('cat 1');
      const files = [
        file('train/dogs/0.jpg', 'dog 0'),
        file('train/cats/1.jpg', 'cat 1'),
        file('train/cats/0.jpg', 'cat 0'),
      ];
      const made = await create('pets', files);
      expect(made.dataset).toMatchObject({
        name: 'pets',
        version: 1,
        state: 'uploading',
        files: 3,
        size: 15,
        folders: { 'train/cats': 2, 'train/dogs': 1 },
      });
      expect(made.missing.sort()).toEqual([digestOf('cat 0'), digestOf('dog 0')].sort());
      expect(made.missingCount).toBe(2);

      await upload('cat 0');
      const partly = await user.ok<Answer>('POST', '/datasets/pets@1/commit');
      expect(partly).toMatchObject({ dataset: { state: 'uploading' }, missing: [digestOf('dog 0')], missingCount: 1 });
      expect(await user.fails('GET', '/datasets/pets')).toMatchObject({ code: 'not_found' });

      await upload('dog 0');
      for (let i = 0; i < 2; i++) {
        const done = await user.ok<Answer>('POST', '/datasets/pets@1/commit');
        expect(done).toMatchObject({ dataset: { state: 'ready' }, missing: [], missingCount: 0 });
      }
      expect(await user.ok('GET', '/datasets/pets')).toMatchObject({ version: 1, state: 'ready' });
    });

    test('the same files again, in whatever order, are the same version; others the next', async () => {
      const [a, b] = [file('a/0', 'a'), file('b/0', 'b')];
      const first = await create('twice', [a, b]);
      const again = await create('twice', [b, a]);
      expect(again.dataset).toMatchObject({ version: 1, digest: first.dataset.digest });
      const next = await create('twice', [a]);
      expect(next.dataset.version).toBe(2);
      expect(next.dataset.digest).not.toBe(first.dataset.digest);
      const { body } = await user.get<{ datasets: DatasetBody[] }>('/datasets?name=twice');
      expect(body.datasets.map((dataset) => dataset.version)).toEqual([2, 1]);
      const elsewhere = await create('thrice', [a, b]);
      expect(elsewhere.dataset).toMatchObject({ version: 1, digest: first.dataset.digest });
    });

    test('5,200 files come in pages, by path, each once', async () => {
      const files = Array.from({ length: 5200 }, (_, i) =>
        file(`train/${i % 3}/${String(i).padStart(5, '0')}.png`, `${i % 700}`),
      );
      const made = await create('many', files);
      expect(made).toMatchObject({
        missingCount: 700,
        dataset: { folders: { 'train/0': 1734, 'train/1': 1733, 'train/2': 1733 } },
      });
      expect(made.missing.length).toBe(700);
      const got: FileBody[] = [];
      let cursor: string | null = '';
      while (cursor !== null) {
        const query: string = `limit=777${cursor === '' ? '' : `&cursor=${cursor}`}`;
        const page: { files: FileBody[]; next: string | null } = await user.ok(
          'GET',
          `/datasets/many@1/files?${query}`,
        );
        expect(page.files.length).toBeLessThanOrEqual(777);
        got.push(...page.files);
        cursor = page.next;
      }
      expect(got).toEqual([...files].sort((x, y) => (x.path < y.path ? -1 : 1)));
      expect(await user.fails('GET', '/datasets/many@1/files?cursor=x')).toMatchObject({ code: 'invalid_request' });
    });

    test('at most 1,000 digests are answered at a time, and how many are missing in all', async () => {
      const files = Array.from({ length: 1100 }, (_, i) => file(`${i}`, `only here ${i}`));
      const made = await create('lots', files);
      expect([made.missing.length, new Set(made.missing).size, made.missingCount]).toEqual([1000, 1000, 1100]);
    });

    test.each([
      ['a path twice', [file('a', '1'), file('a', '2')]],
      ['one digest with two sizes', [file('a', '1'), { ...file('b', '1'), size: 2 }]],
      ['a path that climbs', [file('../a', '1')]],
      ['no files', []],
    ])('refuses %s', async (_, files) => {
      const error = await user.fails('POST', '/datasets', { name: 'bad', files });
      expect(error.code).toBe('invalid_request');
      expect((await user.get<{ datasets: unknown[] }>('/datasets?name=bad')).body.datasets).toEqual([]);
    });

    test('a size that is not the stored bytes’ is found out', async () => {
      await upload('four');
      const error = await user.fails('POST', '/datasets', {
        name: 'lying',
        files: [{ ...file('a', 'four'), size: 5 }],
      });
      expect(error).toMatchObject({ code: 'conflict' });
    });

    const ready = async (name: string, contents: Record<string, string>): Promise<DatasetBody> => {
      for (const content of Object.values(contents)) await upload(content);
      const files = Object.entries(contents).map(([path, content]) => file(path, content));
      const { dataset } = await create(name, files);
      return (await user.ok<Answer>('POST', `/datasets/${name}@${dataset.version}/commit`)).dataset;
    };

    test('versions of a name come newest first, in pages', async () => {
      for (const content of ['1', '2', '3']) await create('versions', [file('a/0', content)]);
      type Versions = { versions: DatasetBody[]; next: string | null };
      const first = await user.ok<Versions>('GET', '/datasets/versions/versions?limit=2');
      expect(first.versions.map(({ version }) => version)).toEqual([3, 2]);
      const rest = await user.ok<Versions>('GET', `/datasets/versions/versions?limit=2&cursor=${first.next}`);
      expect([rest.versions.map(({ version }) => version), rest.next]).toEqual([[1], null]);
      expect(await user.fails('GET', '/datasets/none-such/versions')).toMatchObject({ code: 'not_found' });
    });

    test('the difference of two versions: by path and by content, in pages', async () => {
      await ready('changing', { 'cats/0': 'c0', 'cats/1': 'c1', 'dogs/0': 'd0', 'dogs/1': 'd1', 'dogs/2': 'd2' });
      await ready('changing', { 'cats/0': 'c0', 'cats/1': 'other', 'cats/2': 'd1', 'dogs/0': 'd0', 'birds/0': 'b' });
      type Diff = { counts: unknown; folders: unknown; files: { path: string }[]; next: string | null };
      const diff = await user.ok<Diff>('GET', '/datasets/changing@1/diff?to=changing@2');
      expect(diff).toMatchObject({
        from: { version: 1 },
        to: { version: 2 },
        counts: { added: 2, removed: 2, changed: 1, moved: 1, unchanged: 2, sizeBefore: 10, sizeAfter: 12 },
        folders: { birds: [0, 1], cats: [2, 3], dogs: [3, 1] },
        next: null,
      });
      expect(diff.files).toEqual([
        { path: 'birds/0', change: 'added', before: null, after: digestOf('b'), moved: null },
        { path: 'cats/1', change: 'changed', before: digestOf('c1'), after: digestOf('other'), moved: null },
        { path: 'cats/2', change: 'added', before: null, after: digestOf('d1'), moved: 'dogs/1' },
        { path: 'dogs/1', change: 'removed', before: digestOf('d1'), after: null, moved: 'cats/2' },
        { path: 'dogs/2', change: 'removed', before: digestOf('d2'), after: null, moved: null },
      ]);
      const page = await user.ok<Diff>('GET', '/datasets/changing@1/diff?to=changing@2&limit=2&cursor=2');
      expect(page).toMatchObject({ counts: null, next: '4' });
      expect(page.files.map(({ path }) => path)).toEqual(['cats/2', 'dogs/1']);
      const same = await user.ok<Diff>('GET', '/datasets/changing@2/diff?to=changing');
      expect(same).toMatchObject({ counts: { added: 0, unchanged: 5 }, folders: {}, files: [], next: null });
      expect(await user.fails('GET', '/datasets/changing@1/diff?to=changing@9')).toMatchObject({ code: 'not_found' });
      expect(await user.fails('GET', '/datasets/changing@1/diff')).toMatchObject({ code: 'invalid_request' });
      expect(await user.fails('GET', '/datasets/changing@1/diff?to=changing@2&cursor=x')).toMatchObject({
        code: 'invalid_request',
      });
    });

    test('a run means the version that its name meant when it was registered; lineage says so both ways', async () => {
      await ready('used', { 'a/0': 'u0', 'b/0': 'u1' });
      const run = async (dataset: string, more: Json = {}): Promise<RunBody> =>
        register(user, {
          config: config({ data: { dataset, image_size: [32, 32], validation_split: 0.5 } }),
          requires: ['nobody=yes'],
          ...more,
        });
      const [first, second] = [await run('used'), await run('used@1')];
      await ready('used', { 'a/0': 'u2', 'b/0': 'u3' });
      const third = await run('used');
      expect([first, second, third].map(({ params }) => (params as Json)['data.dataset'])).toEqual([
        'used@1',
        'used@1',
        'used@2',
      ]);
      const clone = await user.ok<RunBody>('POST', `/runs/${first.id}/clone`);
      expect((clone.params as Json)['data.dataset']).toBe('used@2');
      type Uses = { dataset: DatasetBody; runs: { id: string; models: unknown[] }[]; next: string | null };
      const uses = await user.ok<Uses>('GET', '/datasets/used@1/lineage');
      expect(uses.runs.map(({ id }) => id).toSorted()).toEqual([first.id, second.id].toSorted());
      expect(uses).toMatchObject({ dataset: { runs: 2 }, next: null });
      const page = await user.ok<Uses>('GET', '/datasets/used@1/lineage?limit=1');
      const rest = await user.ok<Uses>('GET', `/datasets/used@1/lineage?limit=1&cursor=${page.next}`);
      expect([...page.runs, ...rest.runs].map(({ id }) => id)).toEqual(uses.runs.map(({ id }) => id));
      await user.ok('POST', '/models/of-used/versions', {
        source: { uri: 's3://x', run: first.id },
        createModel: true,
      });
      const models = [{ model: 'of-used', version: 1 }];
      const after = await user.ok<Uses>('GET', '/datasets/used@1/lineage');
      expect(after.runs.find(({ id }) => id === first.id)).toMatchObject({ models });
      expect(await user.ok('GET', `/runs/${first.id}/lineage`)).toMatchObject({
        dataset: 'used@1',
        init: null,
        clonedFrom: null,
        clones: [{ id: clone.id }],
        models,
      });
      expect(await user.ok('GET', `/runs/${clone.id}/lineage`)).toMatchObject({ clonedFrom: { id: first.id } });
      expect(await user.fails('GET', `/runs/${'f'.repeat(32)}/lineage`)).toMatchObject({ code: 'not_found' });
      await user.ok('POST', `/runs/${second.id}/cancel`);
      await user.ok('DELETE', `/runs/${second.id}`);
      expect((await user.ok<Uses>('GET', '/datasets/used@1/lineage')).runs).toHaveLength(1);
    });

    test('who only reads reads', async () => {
      const reader = await Caller.of(server, 'worker');
      await create('public', [file('a', 'a')]);
      expect((await reader.get('/datasets/public@1')).status).toBe(200);
      expect((await reader.get('/datasets/public@1/files')).status).toBe(200);
      expect((await reader.post('/datasets', { name: 'x', files: [file('a', 'a')] })).status).toBe(403);
      expect(await reader.fails('GET', '/datasets/nothing')).toMatchObject({ code: 'not_found' });
      expect(await reader.fails('GET', '/datasets/public@2')).toMatchObject({ code: 'not_found' });
    });
  });
}
