import { describe, expect, test } from 'vitest';
import { register } from './documents.ts';
import { digestOf, type ModelBody, modelBench, type VersionBody } from './model-bench.ts';
import type { Json, Open } from './server.ts';

export function suite(open: Open): void {
  describe('models', () => {
    const bench = modelBench(open);
    const { put, bytes, started, checkpoint, finish, publish, external } = bench;

    test('are names with a description and tags; a name is taken once', async () => {
      const made = await bench.user.ok<ModelBody>('POST', '/models', {
        name: 'Cats or dogs',
        description: '# Which?',
        tags: { team: 'a' },
      });
      expect(made).toMatchObject({
        name: 'Cats or dogs',
        description: '# Which?',
        tags: { team: 'a' },
        versions: 0,
        latest: null,
      });
      expect(await bench.user.fails('POST', '/models', { name: 'Cats or dogs' })).toMatchObject({ code: 'conflict' });
      expect(await bench.user.ok('GET', '/models/Cats%20or%20dogs')).toEqual(made);
      const changed = await bench.user.ok<ModelBody>('PATCH', '/models/Cats%20or%20dogs', {
        tags: { team: null, task: 'images' },
        description: '',
      });
      expect(changed).toMatchObject({ tags: { task: 'images' }, description: '' });
      expect(await bench.user.fails('GET', '/models/nothing')).toMatchObject({ code: 'not_found', status: 404 });
    });

    test.each(['a/b', 'a:b', 'a@b', ' ', 'a\nb'])('%j is no name', async (name) => {
      expect(await bench.user.fails('POST', '/models', { name })).toMatchObject({
        code: 'invalid_request',
        details: [{ path: ['name'] }],
      });
      const source = { uri: 's3://bucket/model' };
      const path = `/models/${encodeURIComponent(name)}/versions`;
      expect(await bench.user.fails('POST', path, { source, createModel: true })).toMatchObject({
        code: 'invalid_request',
        details: [{ path: ['params', 'name'] }],
      });
    });

    test('a version is a copy of a checkpoint, with what its run was; it can be downloaded by alias', async () => {
      const { run, lease, experiment } = await started();
      await checkpoint(lease, 10, 'ten');
      await checkpoint(lease, 20, 'twenty', ['latest']);
      const best = await publish(
        'copied',
        { run: run.id, checkpoint: 'best' },
        { aliases: ['champion'], tags: { by: 'hand' }, description: 'the first' },
      );
      expect(best).toMatchObject({
        model: 'copied',
        version: 1,
        kind: 'checkpoint',
        source: `runs:/${run.id}/checkpoints/10`,
        run: run.id,
        status: 'ready',
        aliases: ['champion'],
        tags: { by: 'hand' },
        description: 'the first',
        stage: 'None',
        files: 1,
        size: 3,
        lineage: {
          experiment,
          ordinal: run.ordinal,
          runName: run.name,
          dataset: null,
          init: null,
          step: 10,
          epoch: 1,
          metrics: { val_loss: 0.1 },
        },
      });
      expect(await publish('copied', { run: run.id, checkpoint: 'latest' })).toMatchObject({
        version: 2,
        lineage: { step: 20 },
      });
      expect(await publish('copied', { run: run.id, checkpoint: 10 })).toMatchObject({ version: 3 });
      expect(await bytes('/models/copied/versions/@champion/download')).toMatchObject({
        status: 200,
        text: 'ten',
        name: expect.stringContaining('checkpoint.ckpt'),
      });
      expect(await bytes('/models/copied/versions/%40champion/download')).toMatchObject({ status: 200, text: 'ten' });
      expect(await bytes('/models/copied/versions/2/download')).toMatchObject({ status: 200, text: 'twenty' });
      expect(await bytes('/models/copied/versions/latest/download')).toMatchObject({ status: 200, text: 'ten' });
      const detail = await bench.user.ok<Json>('GET', '/models/copied/versions/@champion');
      expect(detail).toMatchObject({ version: 1, config: { epochs: 3 } });
      const { versions } = await bench.user.ok<{ versions: VersionBody[] }>(
        'GET',
        `/models/copied/versions?run=${run.id}`,
      );
      expect(versions.map(({ version }) => version)).toEqual([3, 2, 1]);
      await finish(lease);
    });

    test('a version of a folder of artifacts has its files by their paths in it, of a file that file', async () => {
      const { run, lease } = await started();
      await put(`/runs/${run.id}/artifacts/model/MLmodel`, 'flavors');
      await put(`/runs/${run.id}/artifacts/model/data/weights.bin`, 'weights');
      await put(`/runs/${run.id}/artifacts/modelled.txt`, 'no part of it');
      await finish(lease);
      const folder = await publish('folder', { run: run.id, artifact: 'model' });
      expect(folder).toMatchObject({ kind: 'artifact', source: `runs:/${run.id}/model`, files: 2, size: 14 });
      const { files } = await bench.user.ok<{ files: { path: string; digest: string }[] }>(
        'GET',
        '/models/folder/versions/1/files',
      );
      expect(files.map(({ path, digest }) => [path, digest])).toEqual([
        ['MLmodel', digestOf('flavors')],
        ['data/weights.bin', digestOf('weights')],
      ]);
      expect(await bytes('/models/folder/versions/1/download?path=data/weights.bin')).toMatchObject({
        status: 200,
        text: 'weights',
      });
      expect(await bench.user.fails('GET', '/models/folder/versions/1/download')).toMatchObject({
        code: 'invalid_request',
        details: [{ path: ['query', 'path'], allowed: 'MLmodel, data/weights.bin' }],
      });
      expect(await bench.user.fails('GET', '/models/folder/versions/1/download?path=other')).toMatchObject({
        code: 'not_found',
      });
      const file = await publish('folder', { run: run.id, artifact: 'model/data/weights.bin' });
      expect(file).toMatchObject({ version: 2, files: 1, size: 7 });
      const one = await bench.user.ok<{ files: { path: string }[] }>('GET', '/models/folder/versions/2/files');
      expect(one.files.map(({ path }) => path)).toEqual(['weights.bin']);
    });

    test('files of a version come in pages', async () => {
      const { run, lease } = await started();
      for (let i = 0; i < 5; i++) await put(`/runs/${run.id}/artifacts/many/${i}`, `file ${i}`);
      await finish(lease);
      await publish('many', { run: run.id, artifact: 'many' });
      const seen: string[] = [];
      for (let cursor = ''; ; ) {
        const page = await bench.user.ok<{ files: { path: string }[]; next: string | null }>(
          'GET',
          `/models/many/versions/1/files?limit=2${cursor}`,
        );
        seen.push(...page.files.map(({ path }) => path));
        if (page.next === null) break;
        cursor = `&cursor=${page.next}`;
      }
      expect(seen).toEqual(['0', '1', '2', '3', '4']);
    });

    test('bytes elsewhere are an address; they are not downloaded here', async () => {
      expect(await external('far')).toMatchObject({
        kind: 'external',
        source: 's3://bucket/model',
        run: null,
        files: 0,
        size: 0,
      });
      expect(await bench.user.fails('GET', '/models/far/versions/1/download')).toMatchObject({
        code: 'conflict',
        hint: 'They are at s3://bucket/model',
      });
      expect(await bench.user.ok('GET', '/models/far/versions/1/files')).toEqual({ files: [], next: null });
    });

    test('what is not there is named', async () => {
      const run = await register(bench.user, { requires: ['nobody=yes'] });
      const message = async (source: Json, more: Json = {}): Promise<string> =>
        (await bench.user.fails('POST', '/models/missing/versions', { source, createModel: true, ...more })).message;
      expect(await message({ run: run.id, checkpoint: 'best' })).toMatch(/no best checkpoint of .+#1\./);
      expect(await message({ run: run.id, checkpoint: 7 })).toMatch(/no checkpoint of step 7 of/);
      expect(await message({ run: run.id, artifact: 'model' })).toMatch(/no artifact model of/);
      expect(await message({ run: 'f'.repeat(32), checkpoint: 'best' })).toMatch(/no run f+\./);
      expect(await bench.user.fails('POST', '/models/missing/versions', { source: { uri: 'x:y' } })).toMatchObject({
        code: 'not_found',
        message: 'There is no model missing.',
      });
      await external('missing');
      expect((await bench.user.fails('GET', '/models/missing/versions/9')).message).toBe(
        'There is no version 9 of missing.',
      );
      expect((await bench.user.fails('GET', '/models/missing/versions/@best')).message).toBe(
        'There is no alias @best of missing; it has none.',
      );
      await bench.user.ok('POST', `/runs/${run.id}/cancel`);
      await bench.user.ok('DELETE', `/runs/${run.id}`);
      expect(await message({ run: run.id, checkpoint: 'best' })).toMatch(/no run/);
    });

    test('an alias names one version at a time, and moves only from where it is expected', async () => {
      for (let i = 0; i < 3; i++) await external('aliased');
      const set = (alias: string, body: Json) =>
        bench.user.ok<ModelBody>('PUT', `/models/aliased/aliases/${alias}`, body);
      expect((await set('champion', { version: 1 })).aliases).toEqual([{ alias: 'champion', version: 1 }]);
      await set('shadow', { version: 1 });
      expect((await set('champion', { version: 2, expected: 1 })).aliases).toEqual([
        { alias: 'champion', version: 2 },
        { alias: 'shadow', version: 1 },
      ]);
      expect(
        await bench.user.fails('PUT', '/models/aliased/aliases/champion', { version: 3, expected: 1 }),
      ).toMatchObject({
        code: 'conflict',
        message: '@champion of aliased names version 2.',
      });
      expect(await bench.user.fails('PUT', '/models/aliased/aliases/fresh', { version: 3, expected: 1 })).toMatchObject(
        {
          code: 'conflict',
        },
      );
      await set('fresh', { version: 3, expected: null });
      expect(await bench.user.fails('PUT', '/models/aliased/aliases/champion', { version: 4 })).toMatchObject({
        code: 'not_found',
      });
      await bench.user.ok('DELETE', '/models/aliased/aliases/shadow');
      expect(await bench.user.fails('DELETE', '/models/aliased/aliases/shadow')).toMatchObject({ code: 'not_found' });
      expect(await external('aliased', { aliases: ['champion', 'newest'] })).toMatchObject({
        version: 4,
        aliases: ['champion', 'newest'],
      });
      const { aliases } = await bench.user.ok<ModelBody>('GET', '/models/aliased');
      expect(aliases.map(({ alias, version }) => `${alias} ${version}`)).toEqual(['champion 4', 'fresh 3', 'newest 4']);
    });

    test.each(['latest', '3', 'v3', 'a b', 'a/b', ''])('%j is no alias', async (alias) => {
      await bench.user.post('/models', { name: 'words' });
      const reply = await bench.user.put(`/models/words/aliases/${encodeURIComponent(alias)}`, { version: 1 });
      expect([400, 404]).toContain(reply.status);
      expect(
        await bench.user.fails('POST', '/models/words/versions', { source: { uri: 'x' }, aliases: [alias] }),
      ).toMatchObject({ code: 'invalid_request' });
    });

    test('of many who move one alias from the same version, one wins', async () => {
      for (let i = 0; i < 6; i++) await external('raced');
      await bench.user.ok('PUT', '/models/raced/aliases/champion', { version: 1 });
      const replies = await Promise.all(
        [2, 3, 4, 5, 6].map((version) => bench.user.put('/models/raced/aliases/champion', { version, expected: 1 })),
      );
      expect(replies.map(({ status }) => status).toSorted()).toEqual([200, 409, 409, 409, 409]);
    });

    test('versions registered at once have numbers of their own', async () => {
      const made = await Promise.all(Array.from({ length: 8 }, () => external('at once')));
      expect(made.map(({ version }) => version).toSorted()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    });

    test('a version that an alias names is not deleted, unless the alias may go; numbers are not used again', async () => {
      await external('kept', { aliases: ['champion'] });
      await external('kept');
      expect(await bench.user.fails('DELETE', '/models/kept/versions/1')).toMatchObject({
        code: 'conflict',
        message: 'Version 1 of kept is named by @champion.',
      });
      await bench.user.ok('DELETE', '/models/kept/versions/2');
      expect(await external('kept')).toMatchObject({ version: 3 });
      expect(await bench.user.fails('DELETE', '/models/kept')).toMatchObject({
        code: 'conflict',
        message: 'kept has aliases: @champion names version 1.',
      });
      await bench.user.ok('DELETE', '/models/kept/versions/@champion?aliases=remove');
      expect(await bench.user.ok('GET', '/models/kept')).toMatchObject({ versions: 1, latest: 3, aliases: [] });
      await external('kept', { aliases: ['champion'] });
      await bench.user.ok('DELETE', '/models/kept?aliases=remove');
      expect(await bench.user.fails('GET', '/models/kept')).toMatchObject({ code: 'not_found' });
      // A model of the same name is another one: its history and numbers start anew.
      expect(await external('kept')).toMatchObject({ version: 1, aliases: [] });
      const { events } = await bench.user.ok<{ events: { action: string }[] }>('GET', '/models/kept/history');
      expect(events.map(({ action }) => action)).toEqual(['version', 'created']);
    });

    test('a rename to a name that is taken is a conflict', async () => {
      await external('one name');
      await external('other name');
      expect(await bench.user.fails('PATCH', '/models/one%20name', { name: 'other name' })).toMatchObject({
        code: 'conflict',
      });
    });

    test('lists are by name, in pages, and found by a part of name, description or tag', async () => {
      const word = `find${Math.trunc(performance.now())}`;
      await bench.user.ok('POST', '/models', { name: `${word} b` });
      await bench.user.ok('POST', '/models', { name: `A ${word.toUpperCase()}` });
      await bench.user.ok('POST', '/models', { name: `c${word.slice(4)}`, description: `see ${word}` });
      await bench.user.ok('POST', '/models', { name: `d${word.slice(4)}`, tags: { kind: `${word}!` } });
      type List = { models: ModelBody[]; next: string | null };
      const names = async (query: string): Promise<string[]> =>
        (await bench.user.ok<List>('GET', `/models?${query}`)).models.map(({ name }) => name);
      const all = [`A ${word.toUpperCase()}`, `c${word.slice(4)}`, `d${word.slice(4)}`, `${word} b`];
      expect(await names(`q=${word}`)).toEqual(all);
      const first = await bench.user.ok<List>('GET', `/models?q=${word}&limit=3`);
      expect(first.models.map(({ name }) => name)).toEqual(all.slice(0, 3));
      expect(await names(`q=${word}&limit=3&cursor=${first.next}`)).toEqual(all.slice(3));
      expect(await names('q=nothing-is-called-so')).toEqual([]);
      expect(await bench.user.fails('GET', '/models?cursor=x')).toMatchObject({ code: 'invalid_request' });
    });
  });
}
