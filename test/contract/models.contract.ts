import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { claim, config, freshName, held, hello, type LeaseBody, type RunBody, register } from './documents.ts';
import { Caller, type Json, type Open, type TestServer } from './server.ts';

interface VersionBody {
  model: string;
  version: number;
  kind: string;
  source: string;
  run: string | null;
  aliases: string[];
  tags: Record<string, string>;
  stage: string;
  files: number;
  size: number;
  lineage: Json;
  [key: string]: unknown;
}
interface ModelBody {
  name: string;
  aliases: { alias: string; version: number }[];
  versions: number;
  latest: number | null;
  [key: string]: unknown;
}

const digestOf = (content: string): string => createHash('sha256').update(content).digest('hex');
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

export function suite(open: Open): void {
  describe('models', () => {
    let server: TestServer;
    let user: Caller;
    let worker: Caller;
    let token: string;

    beforeAll(async () => {
      server = await open();
      token = await server.token('write');
      user = new Caller(server, token);
      worker = await Caller.of(server, 'worker');
      await hello(worker, 'w', { labels: ['models=yes'] });
    });
    afterAll(() => server.close());

    const authorization = (): Record<string, string> => ({ authorization: `Bearer ${token}` });
    const put = async (path: string, content: string): Promise<void> => {
      const response = await server.fetch(`/api/v1${path}`, { method: 'PUT', body: content, headers: authorization() });
      expect(response.status).toBe(201);
    };
    const bytes = async (
      path: string,
    ): Promise<{ status: number; text: string; type: string | null; name: string | null }> => {
      const response = await server.fetch(`/api/v1${path}`, { headers: authorization() });
      const { headers, status } = response;
      return {
        status,
        text: await response.text(),
        type: headers.get('content-type'),
        name: headers.get('content-disposition'),
      };
    };
    /** A run that a worker holds. */
    const started = async (more: Json = {}): Promise<{ run: RunBody; lease: LeaseBody; experiment: string }> => {
      const experiment = freshName('models');
      const run = await register(user, { experiment, requires: ['models=yes'], priority: 9, ...more });
      const lease = (await claim(worker, 'w', ['models=yes']))!;
      expect(lease.run).toBe(run.id);
      return { run, lease, experiment };
    };
    const checkpoint = async (
      lease: LeaseBody,
      step: number,
      content: string,
      kept = ['best', 'latest'],
    ): Promise<void> => {
      await put(`/blobs/${digestOf(content)}`, content);
      await worker.ok('POST', `/leases/${lease.run}/checkpoint`, {
        ...held(lease),
        step,
        epoch: step / 10,
        digest: digestOf(content),
        size: content.length,
        throughSeq: 0,
        metrics: { val_loss: 1 / step },
        kept,
      });
    };
    const finish = (lease: LeaseBody): Promise<Json> =>
      worker.ok('POST', `/leases/${lease.run}/finish`, { ...held(lease), finalSeq: 0, outcome: 'finished' });
    const publish = (name: string, source: Json, more: Json = {}): Promise<VersionBody> =>
      user.ok<VersionBody>('POST', `/models/${encodeURIComponent(name)}/versions`, {
        source,
        createModel: true,
        ...more,
      });
    /** A finished run with one checkpoint. */
    const trained = async (content: string, more: Json = {}): Promise<RunBody> => {
      const { run, lease } = await started(more);
      await checkpoint(lease, 10, content);
      await finish(lease);
      return run;
    };
    const external = (name: string, more: Json = {}): Promise<VersionBody> =>
      publish(name, { uri: 's3://bucket/model' }, more);

    test('are names with a description and tags; a name is taken once', async () => {
      const made = await user.ok<ModelBody>('POST', '/models', {
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
      expect(await user.fails('POST', '/models', { name: 'Cats or dogs' })).toMatchObject({ code: 'conflict' });
      expect(await user.ok('GET', '/models/Cats%20or%20dogs')).toEqual(made);
      const changed = await user.ok<ModelBody>('PATCH', '/models/Cats%20or%20dogs', {
        tags: { team: null, task: 'images' },
        description: '',
      });
      expect(changed).toMatchObject({ tags: { task: 'images' }, description: '' });
      expect(await user.fails('GET', '/models/nothing')).toMatchObject({ code: 'not_found', status: 404 });
    });

    test.each(['a/b', 'a:b', 'a@b', ' ', 'a\nb'])('%j is no name', async (name) => {
      expect(await user.fails('POST', '/models', { name })).toMatchObject({
        code: 'invalid_request',
        details: [{ path: ['name'] }],
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
      const detail = await user.ok<Json>('GET', '/models/copied/versions/@champion');
      expect(detail).toMatchObject({ version: 1, config: { epochs: 3 } });
      const { versions } = await user.ok<{ versions: VersionBody[] }>('GET', `/models/copied/versions?run=${run.id}`);
      expect(versions.map(({ version }) => version)).toEqual([3, 2, 1]);
      await finish(lease);
    });

    test('Range and If-None-Match are honoured', async () => {
      const run = await trained('0123456789');
      await publish('ranged', { run: run.id, checkpoint: 'best' });
      const path = '/api/v1/models/ranged/versions/1/download';
      const part = await server.fetch(path, { headers: { ...authorization(), range: 'bytes=2-4' } });
      expect([part.status, await part.text()]).toEqual([206, '234']);
      const same = await server.fetch(path, {
        headers: { ...authorization(), 'if-none-match': part.headers.get('etag')! },
      });
      expect(same.status).toBe(304);
      await same.body?.cancel();
    });

    test('a version of a folder of artifacts has its files by their paths in it, of a file that file', async () => {
      const { run, lease } = await started();
      await put(`/runs/${run.id}/artifacts/model/MLmodel`, 'flavors');
      await put(`/runs/${run.id}/artifacts/model/data/weights.bin`, 'weights');
      await put(`/runs/${run.id}/artifacts/modelled.txt`, 'no part of it');
      await finish(lease);
      const folder = await publish('folder', { run: run.id, artifact: 'model' });
      expect(folder).toMatchObject({ kind: 'artifact', source: `runs:/${run.id}/model`, files: 2, size: 14 });
      const { files } = await user.ok<{ files: { path: string; digest: string }[] }>(
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
      expect(await user.fails('GET', '/models/folder/versions/1/download')).toMatchObject({
        code: 'invalid_request',
        details: [{ path: ['query', 'path'], allowed: 'MLmodel, data/weights.bin' }],
      });
      expect(await user.fails('GET', '/models/folder/versions/1/download?path=other')).toMatchObject({
        code: 'not_found',
      });
      const file = await publish('folder', { run: run.id, artifact: 'model/data/weights.bin' });
      expect(file).toMatchObject({ version: 2, files: 1, size: 7 });
      const one = await user.ok<{ files: { path: string }[] }>('GET', '/models/folder/versions/2/files');
      expect(one.files.map(({ path }) => path)).toEqual(['weights.bin']);
    });

    test('files of a version come in pages', async () => {
      const { run, lease } = await started();
      for (let i = 0; i < 5; i++) await put(`/runs/${run.id}/artifacts/many/${i}`, `file ${i}`);
      await finish(lease);
      await publish('many', { run: run.id, artifact: 'many' });
      const seen: string[] = [];
      for (let cursor = ''; ; ) {
        const page = await user.ok<{ files: { path: string }[]; next: string | null }>(
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
      expect(await user.fails('GET', '/models/far/versions/1/download')).toMatchObject({
        code: 'conflict',
        hint: 'They are at s3://bucket/model',
      });
      expect(await user.ok('GET', '/models/far/versions/1/files')).toEqual({ files: [], next: null });
    });

    test('what is not there is named', async () => {
      const run = await register(user, { requires: ['nobody=yes'] });
      const message = async (source: Json, more: Json = {}): Promise<string> =>
        (await user.fails('POST', '/models/missing/versions', { source, createModel: true, ...more })).message;
      expect(await message({ run: run.id, checkpoint: 'best' })).toMatch(/no best checkpoint of .+#1\./);
      expect(await message({ run: run.id, checkpoint: 7 })).toMatch(/no checkpoint of step 7 of/);
      expect(await message({ run: run.id, artifact: 'model' })).toMatch(/no artifact model of/);
      expect(await message({ run: 'f'.repeat(32), checkpoint: 'best' })).toMatch(/no run f+\./);
      expect(await user.fails('POST', '/models/missing/versions', { source: { uri: 'x:y' } })).toMatchObject({
        code: 'not_found',
        message: 'There is no model missing.',
      });
      await external('missing');
      expect((await user.fails('GET', '/models/missing/versions/9')).message).toBe('There is no version 9 of missing.');
      expect((await user.fails('GET', '/models/missing/versions/@best')).message).toBe(
        'There is no alias @best of missing; it has none.',
      );
      await user.ok('POST', `/runs/${run.id}/cancel`);
      await user.ok('DELETE', `/runs/${run.id}`);
      expect(await message({ run: run.id, checkpoint: 'best' })).toMatch(/no run/);
    });

    test('an alias names one version at a time, and moves only from where it is expected', async () => {
      for (let i = 0; i < 3; i++) await external('aliased');
      const set = (alias: string, body: Json) => user.ok<ModelBody>('PUT', `/models/aliased/aliases/${alias}`, body);
      expect((await set('champion', { version: 1 })).aliases).toEqual([{ alias: 'champion', version: 1 }]);
      await set('shadow', { version: 1 });
      expect((await set('champion', { version: 2, expected: 1 })).aliases).toEqual([
        { alias: 'champion', version: 2 },
        { alias: 'shadow', version: 1 },
      ]);
      expect(await user.fails('PUT', '/models/aliased/aliases/champion', { version: 3, expected: 1 })).toMatchObject({
        code: 'conflict',
        message: '@champion of aliased names version 2.',
      });
      expect(await user.fails('PUT', '/models/aliased/aliases/fresh', { version: 3, expected: 1 })).toMatchObject({
        code: 'conflict',
      });
      await set('fresh', { version: 3, expected: null });
      expect(await user.fails('PUT', '/models/aliased/aliases/champion', { version: 4 })).toMatchObject({
        code: 'not_found',
      });
      await user.ok('DELETE', '/models/aliased/aliases/shadow');
      expect(await user.fails('DELETE', '/models/aliased/aliases/shadow')).toMatchObject({ code: 'not_found' });
      expect(await external('aliased', { aliases: ['champion', 'newest'] })).toMatchObject({
        version: 4,
        aliases: ['champion', 'newest'],
      });
      const { aliases } = await user.ok<ModelBody>('GET', '/models/aliased');
      expect(aliases.map(({ alias, version }) => `${alias} ${version}`)).toEqual(['champion 4', 'fresh 3', 'newest 4']);
    });

    test.each(['latest', '3', 'v3', 'a b', 'a/b', ''])('%j is no alias', async (alias) => {
      await user.post('/models', { name: 'words' });
      const reply = await user.put(`/models/words/aliases/${encodeURIComponent(alias)}`, { version: 1 });
      expect([400, 404]).toContain(reply.status);
      expect(
        await user.fails('POST', '/models/words/versions', { source: { uri: 'x' }, aliases: [alias] }),
      ).toMatchObject({ code: 'invalid_request' });
    });

    test('of many who move one alias from the same version, one wins', async () => {
      for (let i = 0; i < 6; i++) await external('raced');
      await user.ok('PUT', '/models/raced/aliases/champion', { version: 1 });
      const replies = await Promise.all(
        [2, 3, 4, 5, 6].map((version) => user.put('/models/raced/aliases/champion', { version, expected: 1 })),
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
      expect(await user.fails('DELETE', '/models/kept/versions/1')).toMatchObject({
        code: 'conflict',
        message: 'Version 1 of kept is named by @champion.',
      });
      await user.ok('DELETE', '/models/kept/versions/2');
      expect(await external('kept')).toMatchObject({ version: 3 });
      expect(await user.fails('DELETE', '/models/kept')).toMatchObject({
        code: 'conflict',
        message: 'kept has aliases: @champion names version 1.',
      });
      await user.ok('DELETE', '/models/kept/versions/@champion?aliases=remove');
      expect(await user.ok('GET', '/models/kept')).toMatchObject({ versions: 1, latest: 3, aliases: [] });
      await external('kept', { aliases: ['champion'] });
      await user.ok('DELETE', '/models/kept?aliases=remove');
      expect(await user.fails('GET', '/models/kept')).toMatchObject({ code: 'not_found' });
      // A model of the same name is another one: its history and numbers start anew.
      expect(await external('kept')).toMatchObject({ version: 1, aliases: [] });
      const { events } = await user.ok<{ events: { action: string }[] }>('GET', '/models/kept/history');
      expect(events.map(({ action }) => action)).toEqual(['version', 'created']);
    });

    test('the bytes stay for as long as a version has them, whatever becomes of artifact and run', async () => {
      const run = await trained('kept checkpoint');
      await put(`/runs/${run.id}/artifacts/model.bin`, 'kept artifact');
      await put(`/runs/${run.id}/artifacts/other.bin`, 'dropped artifact');
      await publish('bytes', { run: run.id, checkpoint: 'best' });
      await publish('bytes', { run: run.id, artifact: 'model.bin' });
      for (const path of ['model.bin', 'other.bin']) await user.ok('DELETE', `/runs/${run.id}/artifacts/${path}`);
      await user.ok('DELETE', `/runs/${run.id}`);
      const settle = async (): Promise<void> => {
        for (let i = 0; i < 3; i++) {
          await server.advance(2 * HOUR);
          await server.tick();
        }
      };
      await server.advance(31 * DAY);
      await settle();
      expect(await user.fails('GET', `/runs/${run.id}`)).toMatchObject({ code: 'not_found' });
      const status = async (content: string): Promise<number> => (await bytes(`/blobs/${digestOf(content)}`)).status;
      expect(await Promise.all(['kept checkpoint', 'kept artifact', 'dropped artifact'].map(status))).toEqual([
        200, 200, 404,
      ]);
      expect(await bytes('/models/bytes/versions/1/download')).toMatchObject({ text: 'kept checkpoint' });
      expect(await user.ok('GET', '/models/bytes/versions/1')).toMatchObject({
        run: run.id,
        lineage: { step: 10 },
        config: { epochs: 3 },
      });
      expect(await user.ok('GET', '/models/bytes/versions/1/lineage')).toMatchObject({
        run: null,
        version: { run: run.id },
      });
      await user.ok('DELETE', '/models/bytes/versions/2');
      await settle();
      expect(await Promise.all(['kept checkpoint', 'kept artifact'].map(status))).toEqual([200, 404]);
    });

    test('history says who moved what, newest first, in pages', async () => {
      await external('told', { aliases: ['champion'] });
      await external('told');
      await user.ok('PUT', '/models/told/aliases/champion', { version: 2 });
      await user.ok('PUT', '/models/told/aliases/champion', { version: 2 });
      await user.ok('PATCH', '/models/told/versions/2', {
        stage: 'Production',
        tags: { ok: 'yes' },
        description: 'good',
      });
      await user.ok('PATCH', '/models/told', { name: 'told again' });
      type Events = {
        events: { action: string; version: number | null; actor: string; detail: Json }[];
        next: string | null;
      };
      const all = await user.ok<Events>('GET', '/models/told%20again/history');
      expect(all.events.map(({ action, version }) => [action, version])).toEqual([
        ['renamed', null],
        ['stage', 2],
        ['version_described', 2],
        ['version_tagged', 2],
        ['alias', 2],
        ['version', 2],
        ['alias', 1],
        ['version', 1],
        ['created', null],
      ]);
      expect(all.events[4]!.detail).toEqual({ alias: 'champion', from: 1 });
      expect(all.events[6]!.detail).toEqual({ alias: 'champion', from: null });
      expect(all.events[1]!.detail).toEqual({ from: 'None', to: 'Production' });
      const first = await user.ok<Events>('GET', '/models/told%20again/history?limit=4');
      const second = await user.ok<Events>('GET', `/models/told%20again/history?limit=10&cursor=${first.next}`);
      expect([...first.events, ...second.events]).toEqual(all.events);
      expect(second.next).toBeNull();
      expect(await user.fails('GET', '/models/told')).toMatchObject({ code: 'not_found' });
      expect(await user.ok('GET', '/models/told%20again/versions/@champion')).toMatchObject({
        model: 'told again',
        version: 2,
        stage: 'Production',
      });
    });

    test('a rename to a name that is taken is a conflict', async () => {
      await external('one name');
      await external('other name');
      expect(await user.fails('PATCH', '/models/one%20name', { name: 'other name' })).toMatchObject({
        code: 'conflict',
      });
    });

    test('lists are by name, in pages, and found by a part of name, description or tag', async () => {
      const word = `find${Math.trunc(performance.now())}`;
      await user.ok('POST', '/models', { name: `${word} b` });
      await user.ok('POST', '/models', { name: `A ${word.toUpperCase()}` });
      await user.ok('POST', '/models', { name: `c${word.slice(4)}`, description: `see ${word}` });
      await user.ok('POST', '/models', { name: `d${word.slice(4)}`, tags: { kind: `${word}!` } });
      type List = { models: ModelBody[]; next: string | null };
      const names = async (query: string): Promise<string[]> =>
        (await user.ok<List>('GET', `/models?${query}`)).models.map(({ name }) => name);
      const all = [`A ${word.toUpperCase()}`, `c${word.slice(4)}`, `d${word.slice(4)}`, `${word} b`];
      expect(await names(`q=${word}`)).toEqual(all);
      const first = await user.ok<List>('GET', `/models?q=${word}&limit=3`);
      expect(first.models.map(({ name }) => name)).toEqual(all.slice(0, 3));
      expect(await names(`q=${word}&limit=3&cursor=${first.next}`)).toEqual(all.slice(3));
      expect(await names('q=nothing-is-called-so')).toEqual([]);
      expect(await user.fails('GET', '/models?cursor=x')).toMatchObject({ code: 'invalid_request' });
    });

    test('lineage: from a version to its run and what that started from, and on to runs that start from it', async () => {
      const first = await trained('lineage 1');
      await publish('ancestor', { run: first.id, checkpoint: 'best' });
      const digest = digestOf('lineage 1');
      const { run, lease } = await started({ config: config({ init: `${first.id}/best` }) });
      await checkpoint(lease, 10, 'lineage 2');
      await finish(lease);
      await publish('descendant', { run: run.id, checkpoint: 'best' });
      expect(await user.ok('GET', '/models/descendant/versions/1/lineage')).toMatchObject({
        version: { lineage: { init: { digest } } },
        run: { id: run.id, ordinal: run.ordinal },
        parents: [{ model: 'ancestor', version: 1 }],
        runs: [],
      });
      expect(await user.ok('GET', '/models/ancestor/versions/1/lineage')).toMatchObject({
        parents: [],
        runs: [{ id: run.id }],
      });
    });

    test('a run starts from a version: the alias is looked up when it is registered, and its bytes stay', async () => {
      const source = await trained('init weights');
      await publish('starts', { run: source.id, checkpoint: 'best' }, { aliases: ['champion'] });
      await external('starts');
      const start = async (from: string): Promise<unknown> => {
        const run = await register(user, { config: config({ init: from }) });
        const { config: shown } = await user.ok<{ config: { resolved: Json } }>('GET', `/runs/${run.id}`);
        expect(await user.ok('GET', `/runs/${run.id}/lineage`)).toMatchObject({
          init: { from: 'models:/starts/1', runs: [{ id: source.id }], models: [{ model: 'starts', version: 1 }] },
        });
        return shown.resolved.init;
      };
      const settled = { from: 'models:/starts/1', digest: digestOf('init weights'), strict: true };
      expect(await start('models:/starts@champion')).toEqual(settled);
      expect(await start('models:/starts/1')).toEqual(settled);
      const { checkpoints } = await user.ok<{ checkpoints: { models: Json[]; runs: Json[] }[] }>(
        'GET',
        `/runs/${source.id}/lineage`,
      );
      expect(checkpoints).toMatchObject([{ models: [{ model: 'starts', version: 1 }], runs: [{}, {}] }]);
      const refused = async (init: unknown, more: Json = {}): Promise<string> =>
        (await user.fails('POST', '/runs', { experiment: freshName(), config: config({ init, ...more }) })).message;
      expect(await refused('models:/starts@nobody')).toContain(
        'There is no alias @nobody of starts; it has @champion.',
      );
      expect(await refused('models:/nothing/1')).toContain('There is no model nothing.');
      expect(await refused('models:/starts/2')).toContain('not stored here, but at s3://bucket/model');
      const wider = { model: { layers: [{ type: 'Flatten' }, { type: 'Dense', units: 1, activation: 'sigmoid' }] } };
      expect(await refused('models:/starts@champion', wider)).toContain('conv2d/kernel [3, 3, 3, 4]');
    });

    test('of a version with several files a run starts from the one that is a file of weights', async () => {
      const { run, lease } = await started();
      await put(`/runs/${run.id}/artifacts/net/MLmodel`, 'words');
      await put(`/runs/${run.id}/artifacts/net/net.safetensors`, 'tensors');
      await finish(lease);
      await publish('several', { run: run.id, artifact: 'net' });
      const made = await register(user, { config: config({ init: 'models:/several/latest' }) });
      expect((made.params as Json)['init.digest']).toBe(digestOf('tensors'));
      await put(`/runs/${run.id}/artifacts/net/other.onnx`, 'more');
      await publish('several', { run: run.id, artifact: 'net' });
      const { message } = await user.fails('POST', '/runs', {
        experiment: freshName(),
        config: config({ init: 'models:/several/2' }),
      });
      expect(message).toContain('net.safetensors, other.onnx');
    });

    test('the changes feed says that models changed', async () => {
      const { cursor } = await user.ok<{ cursor: string }>('GET', '/changes');
      await external('changing');
      expect(await user.ok('GET', `/changes?cursor=${cursor}`)).toMatchObject({
        models: true,
        datasets: false,
        reset: false,
      });
    });

    test('who only reads reads', async () => {
      await external('public');
      const reader = await Caller.of(server, 'read');
      for (const path of [
        '',
        '/public',
        '/public/history',
        '/public/versions',
        '/public/versions/1',
        '/public/versions/1/files',
        '/public/versions/1/lineage',
      ]) {
        expect((await reader.get(`/models${path}`)).status, path).toBe(200);
      }
      expect((await reader.post('/models', { name: 'x' })).status).toBe(403);
      expect((await worker.put('/models/public/aliases/a', { version: 1 })).status).toBe(403);
      expect((await reader.delete('/models/public')).status).toBe(403);
    });
  });
}
