import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { claim, config, freshName, held, hello, register } from './documents.ts';
import { Caller, type Json, type Open, type TestServer } from './server.ts';

interface WeightsBody {
  name: string;
  digest: string;
  runs: number;
  [key: string]: unknown;
}

const digestOf = (content: string): string => createHash('sha256').update(content).digest('hex');
const HOUR = 3_600_000;

export function suite(open: Open): void {
  describe('weights', () => {
    let server: TestServer;
    let user: Caller;
    let worker: Caller;
    let token: string;

    beforeAll(async () => {
      server = await open();
      token = await server.token('write');
      user = new Caller(server, token);
      worker = await Caller.of(server, 'worker');
    });
    afterAll(() => server.close());

    const upload = async (content: string): Promise<string> => {
      const response = await server.fetch(`/api/v1/blobs/${digestOf(content)}`, {
        method: 'PUT',
        body: content,
        headers: { authorization: `Bearer ${token}` },
      });
      expect(response.status).toBe(201);
      return digestOf(content);
    };
    /** What the small config's model wants, in PyTorch's names and order of axes. */
    const FITTING = [
      ['conv2d.weight', [4, 3, 3, 3]],
      ['conv2d.bias', [4]],
      ['dense.weight', [1, 3600]],
      ['dense.bias', [1]],
    ];
    const entry = (name: string, digest: string, more: Json = {}): Json => ({
      name,
      digest,
      framework: 'pytorch',
      tensors: FITTING,
      license: 'Apache-2.0',
      source: 'net.pt',
      sourceDigest: digest,
      normalization: { mean: [127], std: [128] },
      ...more,
    });
    const add = async (name: string, more: Json = {}): Promise<WeightsBody> =>
      user.ok<WeightsBody>('POST', '/weights', entry(name, await upload(`weights ${name}`), more));

    test('are registered once their bytes are stored, and listed by name', async () => {
      const early = await user.fails('POST', '/weights', entry('net', digestOf('never sent')));
      expect(early).toMatchObject({ code: 'invalid_request', details: [{ path: ['digest'] }] });
      const made = await add('net-b');
      expect(made).toMatchObject({
        name: 'net-b',
        framework: 'pytorch',
        tensors: 4,
        parameters: 108 + 4 + 3600 + 1,
        license: 'Apache-2.0',
        normalization: { mean: [127], std: [128] },
        runs: 0,
      });
      await add('net-a', { normalization: null });
      const { weights } = await user.ok<{ weights: WeightsBody[] }>('GET', '/weights');
      expect(weights.map(({ name }) => name)).toEqual(['net-a', 'net-b']);
      const one = await user.ok<Json>('GET', '/weights/net-b');
      expect(one).toMatchObject({ digest: made.digest, shapes: FITTING });
      expect(await user.fails('GET', '/weights/net-c')).toMatchObject({ code: 'not_found' });
    });

    test('the same again is success, other weights of the name a conflict', async () => {
      const made = await add('twice');
      expect(await add('twice')).toEqual(made);
      const other = await upload('others');
      expect(await user.fails('POST', '/weights', entry('twice', other))).toMatchObject({ code: 'conflict' });
    });

    test.each([
      ['a name that ends as a file does', { name: 'net.onnx' }],
      ['a name with a slash', { name: 'a/b' }],
      ['a tensor twice', { tensors: [...FITTING, FITTING[0]] }],
      ['no tensors', { tensors: [] }],
      ['another framework', { framework: 'caffe' }],
      ['a mean without its deviation', { normalization: { mean: [1, 2, 3], std: [1] } }],
    ])('refuses %s', async (_, more) => {
      const digest = await upload('anything');
      expect(await user.fails('POST', '/weights', { ...entry('bad', digest), ...more })).toMatchObject({
        code: 'invalid_request',
      });
    });

    test('who only reads reads', async () => {
      await add('public');
      expect((await worker.get('/weights/public')).status).toBe(200);
      expect((await worker.post('/weights', {})).status).toBe(403);
      expect((await worker.delete('/weights/public')).status).toBe(403);
    });

    test('a run that starts from them has their digest in its config, whatever becomes of the name', async () => {
      const { digest } = await add('start');
      const run = await register(user, { config: config({ init: 'start' }) });
      const { config: shown } = await user.ok<{ config: { resolved: Json } }>('GET', `/runs/${run.id}`);
      expect(shown.resolved.init).toEqual({ from: 'start', digest, strict: true });
      expect(await user.ok('GET', '/weights/start')).toMatchObject({ runs: 1 });
      const wrong = { config: config({ init: { from: 'start', digest: digestOf('x') } }), experiment: freshName() };
      expect(await user.fails('POST', '/runs', wrong)).toMatchObject({
        code: 'invalid_request',
        details: [{ path: ['config', 'init', 'digest'] }],
      });
    });

    test('the bytes outlive the name for as long as a run starts from them', async () => {
      const { digest } = await add('dropped');
      const unused = await add('unused');
      await register(user, { config: config({ init: 'dropped' }) });
      for (const name of ['dropped', 'unused']) await user.ok('DELETE', `/weights/${name}`);
      expect(await user.fails('GET', '/weights/dropped')).toMatchObject({ code: 'not_found' });
      await server.advance(2 * HOUR);
      await server.tick();
      const status = async (which: string) =>
        (await server.fetch(`/api/v1/blobs/${which}`, { headers: { authorization: `Bearer ${token}` } })).status;
      expect([await status(digest), await status(unused.digest)]).toEqual([200, 404]);
    });

    const refusal = async (init: unknown, more: Json = {}) => {
      const body = { experiment: freshName(), config: config({ init }), ...more };
      const { details } = await user.fails('POST', '/runs', body);
      return details![0]!;
    };

    test('what does not fit the model is refused with names and shapes of both sides', async () => {
      await add('large', { tensors: [...FITTING.slice(0, 2), ['dense.weight', [10, 5]], ['fc.bias', [7]]] });
      const { path, message } = await refusal('large');
      expect(path).toEqual(['config', 'init', 'from']);
      expect(message).toContain('dense/bias [1] (sought: dense/bias, dense.bias, dense/1)');
      expect(message).toContain('dense/kernel [3600, 1], but dense.weight is [5, 10]');
      expect(message).toContain('fc.bias [7]');
      await register(user, { config: config({ init: { from: 'large', exclude: ['dense*', 'fc*'] } }) });
      await register(user, { config: config({ init: { from: 'large', strict: false } }) });
    });

    test('weights, runs and checkpoints that are not there are refused, not queued', async () => {
      expect(await refusal('nothing-like-it')).toMatchObject({ hint: expect.stringContaining('tidemark weights add') });
      expect((await refusal('#99/best')).message).toContain('There is no run #99 in');
      const run = await register(user, { requires: ['nobody=yes'] });
      expect((await refusal(`${run.id}/best`)).message).toContain('has no best checkpoint');
      expect((await refusal(`${run.id}/12`)).message).toContain('has no checkpoint of step 12');
    });

    test('a checkpoint by run, by number and by step; its bytes stay for the run that starts from it', async () => {
      await hello(worker, 'w', { labels: ['weights=yes'] });
      const experiment = freshName('source');
      await register(user, { experiment, requires: ['weights=yes'], priority: 9 });
      const lease = (await claim(worker, 'w', ['weights=yes']))!;
      const store = async (step: number, kept: string[]) => {
        const content = `checkpoint ${experiment} ${step}`;
        const response = await server.fetch(`/api/v1/blobs/${digestOf(content)}`, {
          method: 'PUT',
          body: content,
          headers: { authorization: `Bearer ${token}` },
        });
        expect(response.status).toBe(201);
        const stored = { digest: digestOf(content), size: Buffer.byteLength(content) };
        const body = { ...held(lease), throughSeq: 0, step, epoch: 1, kept, metrics: {}, ...stored };
        await worker.ok('POST', `/leases/${lease.run}/checkpoint`, body);
        return stored.digest;
      };
      const best = await store(5, ['best', 'latest']);
      const latest = await store(9, ['latest']);
      const started = async (from: string, more: Json = {}) => {
        const run = await register(user, { config: config({ init: { from, ...more } }), experiment });
        const { config: shown } = await user.ok<{ config: { resolved: { init: Json } } }>('GET', `/runs/${run.id}`);
        return shown.resolved.init.digest;
      };
      expect(await started(`${lease.run}/best`)).toBe(best);
      expect(await started('#1/latest')).toBe(latest);
      expect(await started(`${experiment}#1/5`)).toBe(best);
      const wider = config({
        model: { layers: [{ type: 'Flatten' }, { type: 'Dense', units: 1, activation: 'sigmoid' }] },
      });
      const misfit = await user.fails('POST', '/runs', { experiment, config: { ...wider, init: '#1/best' } });
      expect(misfit.details![0]!.message).toContain('conv2d/kernel [3, 3, 3, 4]');

      // The source run moves on and forgets its earlier checkpoints.
      for (const step of [10, 11, 12]) await store(step, ['best', 'latest']);
      await server.advance(2 * HOUR);
      await server.tick();
      const kept = await server.fetch(`/api/v1/blobs/${best}`, { headers: { authorization: `Bearer ${token}` } });
      expect(kept.status).toBe(200);
    });
  });
}
