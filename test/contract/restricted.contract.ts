import { expect, test } from 'vitest';
import { config, freshName, type RunBody, register, series } from './documents.ts';
import { digestOf, modelBench } from './model-bench.ts';
import { Caller, type Json, type Open } from './server.ts';

const THEIRS = JSON.stringify({ weights: 'of theirs' });

interface AlertBody {
  id: number;
  fired: number;
}
interface DeliveryBody {
  run: string | null;
  alert: number;
  attempts: unknown[];
}

// What else of access is restricted: access.contract.ts.
export function suite(open: Open): void {
  const bench = modelBench(open);
  const admin = (): Promise<Caller> => Caller.of(bench.server, 'admin');
  const restricted = async (scope: string, run: RunBody, more: Json = {}): Promise<Caller> => {
    const body = { name: 'restricted', scope, experiments: [Number(run.experimentId)], ...more };
    return new Caller(bench.server, (await (await admin()).ok<{ secret: string }>('POST', '/tokens', body)).secret);
  };

  test('a token restricted to an experiment sees its alerts and their messages, no others, and no addresses', async () => {
    const owner = await admin();
    const name = freshName('hook');
    const { id: webhook, secret } = await owner.ok<{ id: number; secret: string }>('POST', '/webhooks', {
      name,
      url: 'http://127.0.0.1:1/secret-path',
      timeoutSeconds: 1,
    });
    const [mine, theirs] = [freshName('mine'), freshName('theirs')];
    const runs: RunBody[] = [];
    for (const experiment of [mine, theirs]) runs.push(await bench.user.ok('POST', '/runs', { experiment }));
    const [own, other] = runs as [RunBody, RunBody];
    const alert = (more: Json): Promise<AlertBody> =>
      owner.ok('POST', '/alerts', { name: freshName('MARK'), rule: { kind: 'nan' }, webhook, ...more });
    const ofExperiment = await alert({ experiment: Number(own.experimentId) });
    const ofRun = await alert({ run: own.id });
    const hidden = [await alert({ experiment: Number(other.experimentId) }), await alert({ run: other.id })];
    const ofAll = await alert({});
    for (const { id } of runs) {
      await bench.user.ok('POST', `/runs/${id}/log`, { series: [series('loss', [[1, 'NaN']])] });
    }
    await bench.server.tick();
    await owner.ok('POST', `/alerts/${ofRun.id}/test`);

    const reader = await restricted('read', own);
    const { alerts } = await reader.ok<{ alerts: AlertBody[] }>('GET', '/alerts');
    expect(alerts.map(({ id, fired }) => [id, fired])).toEqual([
      [ofExperiment.id, 1],
      [ofRun.id, 1],
    ]);
    expect(await reader.ok('GET', `/alerts/${ofRun.id}`)).toMatchObject({ webhook: { id: webhook, name } });
    for (const { id } of [...hidden, ofAll]) {
      expect(await reader.fails('GET', `/alerts/${id}`)).toMatchObject({ status: 404 });
      expect(await reader.fails('POST', `/alerts/${id}/replay`)).toMatchObject({ status: 404 });
    }
    const replayed = await reader.ok<{ runs: Json[] }>('POST', `/alerts/${ofExperiment.id}/replay`);
    expect(replayed.runs).toMatchObject([{ id: own.id }]);
    const { deliveries } = await reader.ok<{ deliveries: DeliveryBody[] }>('GET', '/deliveries?limit=1000');
    expect(deliveries.map((one) => [one.alert, one.run, one.attempts.length]).toSorted()).toEqual(
      [
        [ofExperiment.id, own.id, 1],
        [ofRun.id, own.id, 1],
        [ofRun.id, null, 1],
        // Of a rule on all runs, what it said of this one.
        [ofAll.id, own.id, 1],
      ].toSorted(),
    );
    expect(await reader.fails('GET', '/webhooks')).toMatchObject({ status: 403 });
    for (const path of ['/alerts', '/deliveries?limit=1000', `/alerts/${ofRun.id}`]) {
      const text = JSON.stringify(await reader.ok('GET', path));
      for (const word of [secret, 'secret-path', other.id, theirs]) expect(text, path).not.toContain(word);
    }

    const writer = await restricted('write', own);
    const body = { name: freshName('no'), rule: { kind: 'nan' }, webhook, experiment: Number(own.experimentId) };
    const writes: [string, string, Json?][] = [
      ['POST', '/alerts', body],
      ['PATCH', `/alerts/${ofRun.id}`, { paused: true }],
      ['POST', `/alerts/${ofRun.id}/test`],
      ['DELETE', `/alerts/${ofRun.id}`],
      ['POST', `/deliveries/msg_${'0'.repeat(32)}/redeliver`],
    ];
    for (const [method, path, sent] of writes) {
      expect(await writer.fails(method, path, sent), path).toMatchObject({ code: 'forbidden' });
    }
  });

  test('of models it sees nothing, registers none, and starts no run from them or from another experiment', async () => {
    const source = await bench.trained(THEIRS);
    const own = await bench.user.ok<RunBody>('POST', '/runs', { experiment: freshName('mine') });
    const model = freshName('hidden').replaceAll(/[^\w ]/g, '');
    await bench.publish(model, { run: source.id, checkpoint: 'best' }, { aliases: ['champion'] });
    const path = `/models/${encodeURIComponent(model)}`;
    const reader = await restricted('read', own);
    expect(await reader.ok('GET', '/models')).toMatchObject({ models: [] });
    for (const more of [
      '',
      '/history',
      '/versions',
      '/versions/1',
      '/versions/@champion/files',
      '/versions/1/lineage',
    ]) {
      expect(await reader.fails('GET', path + more), more).toMatchObject({ status: 404 });
    }
    expect((await reader.get(`${path}/versions/1/download`)).status).toBe(404);
    expect((await reader.get(`/blobs/${digestOf(THEIRS)}`)).status).toBe(404);

    const writer = await restricted('write', own);
    const { id: run } = own;
    const writes: [string, string, Json?][] = [
      ['POST', '/models', { name: freshName('no') }],
      ['PATCH', path, { description: 'mine now' }],
      ['POST', `${path}/versions`, { source: { run, artifact: 'x' } }],
      ['PUT', `${path}/aliases/champion`, { version: 1 }],
      ['DELETE', `${path}/aliases/champion`],
      ['DELETE', `${path}?aliases=remove`],
    ];
    for (const [method, to, sent] of writes) {
      expect(await writer.fails(method, to, sent), to).toMatchObject({ code: 'forbidden' });
    }
    const { experiment } = own;
    for (const init of [`models:/${model}@champion`, `${source.id}/best`, `${source.experiment}#1/best`]) {
      const refused = await writer.fails('POST', '/runs', { experiment, config: config({ experiment, init }) });
      expect(refused, init).toMatchObject({ code: 'invalid_request' });
      expect(JSON.stringify(refused), init).not.toContain(digestOf(THEIRS));
    }
    expect(await writer.fails('POST', '/runs', { experiment, parent: source.id })).toMatchObject({
      code: 'invalid_request',
    });
  });

  test('a worker that is restricted gets the bytes that its runs start from, by whoever may read them', async () => {
    const content = JSON.stringify({ weights: freshName() });
    const source = await bench.trained(content);
    const model = freshName('base').replaceAll(/[^\w ]/g, '');
    await bench.publish(model, { run: source.id, checkpoint: 'best' });
    const experiment = freshName('mine');
    const first = await bench.user.ok<RunBody>('POST', '/runs', { experiment });
    const worker = await restricted('worker', first);
    const get = async (): Promise<number> => (await worker.get(`/blobs/${digestOf(content)}`)).status;
    expect(await get()).toBe(404);
    // A digest that a script or a config for a file on disk writes into its run is no right to the bytes.
    const digest = digestOf(content);
    const writer = await restricted('write', first);
    await writer.ok('POST', '/runs', {
      experiment,
      params: { 'init.from': `models:/${model}/1`, 'init.digest': digest },
    });
    await register(writer, { experiment, config: config({ experiment, init: { from: 'net.onnx', digest } }) });
    expect(await get()).toBe(404);
    const run = await register(bench.user, { experiment, config: config({ experiment, init: `models:/${model}/1` }) });
    expect(run.status).toBe('queued');
    expect(await worker.ok('GET', `/blobs/${digest}`)).toEqual(JSON.parse(content));
  });
}
