import { describe, expect, test } from 'vitest';
import { config, freshName, register } from './documents.ts';
import { DAY, digestOf, HOUR, modelBench } from './model-bench.ts';
import { Caller, type Json, type Open } from './server.ts';

export function suite(open: Open): void {
  describe('what becomes of models', () => {
    const bench = modelBench(open);
    const { authorization, put, bytes, started, checkpoint, finish, publish, trained, external } = bench;

    test('Range and If-None-Match are honoured', async () => {
      const run = await trained('0123456789');
      await publish('ranged', { run: run.id, checkpoint: 'best' });
      const path = '/api/v1/models/ranged/versions/1/download';
      const part = await bench.server.fetch(path, { headers: { ...authorization(), range: 'bytes=2-4' } });
      expect([part.status, await part.text()]).toEqual([206, '234']);
      const same = await bench.server.fetch(path, {
        headers: { ...authorization(), 'if-none-match': part.headers.get('etag')! },
      });
      expect(same.status).toBe(304);
      await same.body?.cancel();
    });

    test('the bytes stay for as long as a version has them, whatever becomes of artifact and run', async () => {
      const run = await trained('kept checkpoint');
      await put(`/runs/${run.id}/artifacts/model.bin`, 'kept artifact');
      await put(`/runs/${run.id}/artifacts/other.bin`, 'dropped artifact');
      await publish('bytes', { run: run.id, checkpoint: 'best' });
      await publish('bytes', { run: run.id, artifact: 'model.bin' });
      for (const path of ['model.bin', 'other.bin']) await bench.user.ok('DELETE', `/runs/${run.id}/artifacts/${path}`);
      await bench.user.ok('DELETE', `/runs/${run.id}`);
      const settle = async (): Promise<void> => {
        for (let i = 0; i < 3; i++) {
          await bench.server.advance(2 * HOUR);
          await bench.server.tick();
        }
      };
      await bench.server.advance(31 * DAY);
      await settle();
      expect(await bench.user.fails('GET', `/runs/${run.id}`)).toMatchObject({ code: 'not_found' });
      const status = async (content: string): Promise<number> => (await bytes(`/blobs/${digestOf(content)}`)).status;
      expect(await Promise.all(['kept checkpoint', 'kept artifact', 'dropped artifact'].map(status))).toEqual([
        200, 200, 404,
      ]);
      expect(await bytes('/models/bytes/versions/1/download')).toMatchObject({ text: 'kept checkpoint' });
      expect(await bench.user.ok('GET', '/models/bytes/versions/1')).toMatchObject({
        run: run.id,
        lineage: { step: 10 },
        config: { epochs: 3 },
      });
      expect(await bench.user.ok('GET', '/models/bytes/versions/1/lineage')).toMatchObject({
        run: null,
        version: { run: run.id },
      });
      await bench.user.ok('DELETE', '/models/bytes/versions/2');
      await settle();
      expect(await Promise.all(['kept checkpoint', 'kept artifact'].map(status))).toEqual([200, 404]);
    });

    test('history says who moved what, newest first, in pages', async () => {
      await external('told', { aliases: ['champion'] });
      await external('told');
      await bench.user.ok('PUT', '/models/told/aliases/champion', { version: 2 });
      await bench.user.ok('PUT', '/models/told/aliases/champion', { version: 2 });
      await bench.user.ok('PATCH', '/models/told/versions/2', {
        stage: 'Production',
        tags: { ok: 'yes' },
        description: 'good',
      });
      await bench.user.ok('PATCH', '/models/told', { name: 'told again' });
      type Events = {
        events: { action: string; version: number | null; actor: string; detail: Json }[];
        next: string | null;
      };
      const all = await bench.user.ok<Events>('GET', '/models/told%20again/history');
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
      const first = await bench.user.ok<Events>('GET', '/models/told%20again/history?limit=4');
      const second = await bench.user.ok<Events>('GET', `/models/told%20again/history?limit=10&cursor=${first.next}`);
      expect([...first.events, ...second.events]).toEqual(all.events);
      expect(second.next).toBeNull();
      expect(await bench.user.fails('GET', '/models/told')).toMatchObject({ code: 'not_found' });
      expect(await bench.user.ok('GET', '/models/told%20again/versions/@champion')).toMatchObject({
        model: 'told again',
        version: 2,
        stage: 'Production',
      });
    });

    test('lineage: from a version to its run and what that started from, and on to runs that start from it', async () => {
      const first = await trained('lineage 1');
      await publish('ancestor', { run: first.id, checkpoint: 'best' });
      const digest = digestOf('lineage 1');
      const { run, lease } = await started({ config: config({ init: `${first.id}/best` }) });
      await checkpoint(lease, 10, 'lineage 2');
      await finish(lease);
      await publish('descendant', { run: run.id, checkpoint: 'best' });
      expect(await bench.user.ok('GET', '/models/descendant/versions/1/lineage')).toMatchObject({
        version: { lineage: { init: { digest } } },
        run: { id: run.id, ordinal: run.ordinal },
        parents: [{ model: 'ancestor', version: 1 }],
        runs: [],
      });
      expect(await bench.user.ok('GET', '/models/ancestor/versions/1/lineage')).toMatchObject({
        parents: [],
        runs: [{ id: run.id }],
      });
    });

    test('a run starts from a version: the alias is looked up when it is registered, and its bytes stay', async () => {
      const source = await trained('init weights');
      await publish('starts', { run: source.id, checkpoint: 'best' }, { aliases: ['champion'] });
      await external('starts');
      const start = async (from: string): Promise<unknown> => {
        const run = await register(bench.user, { config: config({ init: from }) });
        const { config: shown } = await bench.user.ok<{ config: { resolved: Json } }>('GET', `/runs/${run.id}`);
        expect(await bench.user.ok('GET', `/runs/${run.id}/lineage`)).toMatchObject({
          init: { from: 'models:/starts/1', runs: [{ id: source.id }], models: [{ model: 'starts', version: 1 }] },
        });
        return shown.resolved.init;
      };
      const settled = { from: 'models:/starts/1', digest: digestOf('init weights'), strict: true };
      expect(await start('models:/starts@champion')).toEqual(settled);
      expect(await start('models:/starts/1')).toEqual(settled);
      const { checkpoints } = await bench.user.ok<{ checkpoints: { models: Json[]; runs: Json[] }[] }>(
        'GET',
        `/runs/${source.id}/lineage`,
      );
      expect(checkpoints).toMatchObject([{ models: [{ model: 'starts', version: 1 }], runs: [{}, {}] }]);
      const refused = async (init: unknown, more: Json = {}): Promise<string> =>
        (await bench.user.fails('POST', '/runs', { experiment: freshName(), config: config({ init, ...more }) }))
          .message;
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
      const made = await register(bench.user, { config: config({ init: 'models:/several/latest' }) });
      expect((made.params as Json)['init.digest']).toBe(digestOf('tensors'));
      await put(`/runs/${run.id}/artifacts/net/other.onnx`, 'more');
      await publish('several', { run: run.id, artifact: 'net' });
      const { message } = await bench.user.fails('POST', '/runs', {
        experiment: freshName(),
        config: config({ init: 'models:/several/2' }),
      });
      expect(message).toContain('net.safetensors, other.onnx');
    });

    test('the changes feed says that models changed', async () => {
      const { cursor } = await bench.user.ok<{ cursor: string }>('GET', '/changes');
      await external('changing');
      expect(await bench.user.ok('GET', `/changes?cursor=${cursor}`)).toMatchObject({
        models: true,
        datasets: false,
        reset: false,
      });
    });

    test('who only reads reads', async () => {
      await external('public');
      const reader = await Caller.of(bench.server, 'read');
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
      expect((await bench.worker.put('/models/public/aliases/a', { version: 1 })).status).toBe(403);
      expect((await reader.delete('/models/public')).status).toBe(403);
    });
  });
}
