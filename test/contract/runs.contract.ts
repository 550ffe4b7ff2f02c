import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { config, freshName, type RunBody, register, series } from './documents.ts';
import { Caller, type Json, type Open, type TestServer } from './server.ts';

interface Started extends RunBody {
  session: { attempt: number; token: string; ackedSeq: number };
}

export function suite(open: Open): void {
  describe('runs', () => {
    let server: TestServer;
    let user: Caller;
    let reader: Caller;

    beforeAll(async () => {
      server = await open();
      user = await Caller.of(server, 'write');
      reader = await Caller.of(server, 'read');
    });
    afterAll(() => server.close());

    const get = (id: string) => reader.ok<RunBody>('GET', `/runs/${id}`);
    const start = (more: Json = {}) => user.ok<Started>('POST', '/runs', { experiment: freshName(), ...more });

    describe('registration', () => {
      test('a config is resolved, its layers are counted, and the run waits', async () => {
        const run = await register(user, {
          name: 'first',
          tags: { team: 'a' },
          note: 'a note',
          params: { extra: true },
        });
        expect(run).toMatchObject({
          ordinal: 1,
          name: 'first',
          status: 'queued',
          origin: 'config',
          tags: { team: 'a' },
          note: 'a note',
          attempt: 0,
          session: null,
          createdBy: 'a write token',
          params: { extra: true, epochs: 3, 'optimizer.name': 'RMSprop', 'optimizer.learning_rate': 0.001 },
        });
        expect(run.config).toMatchObject({ resolved: { seed: 1, data: { batch_size: 32 } } });
        const layers = run.layers as { type: string; output: number[]; parameters: number }[];
        expect(layers.map(({ type, output, parameters }) => [type, output, parameters])).toEqual([
          ['Conv2D', [30, 30, 4], 112],
          ['Flatten', [3600], 0],
          ['Dense', [1], 3601],
        ]);
        expect(run.waits).toContain('no live worker');
      });

      test('YAML text does too, and names experiment and run itself', async () => {
        const experiment = freshName();
        const yaml = `experiment: ${experiment}\nname: from yaml\ndata: {path: photographs, validation_split: 0.3}\nmodel: convnet\nepochs: 30\n`;
        const run = await user.ok<RunBody>('POST', '/runs', { config: yaml });
        expect(run).toMatchObject({ experiment, name: 'from yaml', config: { written: yaml } });
      });

      test('ordinals count within an experiment; a name is made up where none is given', async () => {
        const experiment = freshName();
        const runs = [];
        for (let i = 0; i < 3; i++) runs.push(await register(user, { experiment }));
        expect(runs.map((run) => run.ordinal)).toEqual([1, 2, 3]);
        expect(runs[0]!.name).toMatch(/^[a-z]+-[a-z]+$/);
      });

      test('many at once get different ordinals', async () => {
        const experiment = freshName();
        const runs = await Promise.all(Array.from({ length: 12 }, () => register(user, { experiment })));
        expect(runs.map((run) => run.ordinal).toSorted((a, b) => a - b)).toEqual(runs.map((_, i) => i + 1));
      });

      test('the same id with the same content is success and changes nothing; with other content a conflict', async () => {
        const body = { id: 'feed'.repeat(8), experiment: freshName(), config: config() };
        const first = await user.ok<RunBody>('POST', '/runs', body);
        const rows = await server.rowsWritten(async () => expect(await user.ok('POST', '/runs', body)).toEqual(first));
        expect(rows).toBe(0);
        const other = await user.fails('POST', '/runs', { ...body, config: config({ epochs: 4 }) });
        expect(other).toMatchObject({ status: 409, code: 'conflict' });
      });

      test('a script’s run starts at once in its own hands; the same request finds the same session', async () => {
        const body = { id: 'cafe'.repeat(8), experiment: freshName(), params: { lr: 0.1 } };
        const run = await user.ok<Started>('POST', '/runs', body);
        expect(run).toMatchObject({
          status: 'running',
          origin: 'sdk',
          attempt: 1,
          session: { attempt: 1, ackedSeq: 0 },
        });
        expect((await user.ok<Started>('POST', '/runs', body)).session).toEqual(run.session);
      });

      test.each<[string, Json, (string | number)[], string]>([
        ['an unknown key', { config: config({ epoch: 3 }) }, ['config', 'epoch'], 'epochs'],
        ['no epoch at all', { config: config({ epochs: 0 }) }, ['config', 'epochs'], '1'],
        [
          'a monitor that is never logged',
          { config: config({ checkpoint: { monitor: 'val_los' } }) },
          ['config', 'checkpoint', 'monitor'],
          'val_loss',
        ],
        [
          'a convolution that runs out of pixels',
          { config: config({ data: { path: 'p', image_size: [2, 2], validation_split: 0.2 } }) },
          ['config', 'model', 'layers', 0, 'kernel_size'],
          '',
        ],
        ['a bad label', { config: config(), requires: ['a b'] }, ['requires', 0], 'label'],
        ['a bad id', { id: 'x', config: config() }, ['id'], '32 hexadecimal'],
        ['a priority out of range', { priority: 1001, config: config() }, ['priority'], '1000'],
        [
          'a dataset that is not registered',
          { config: config({ data: { dataset: 'nowhere', validation_split: 0.2 } }) },
          ['config', 'data', 'dataset'],
          'dataset add',
        ],
        ['an unknown field', { configuration: {} }, ['configuration'], 'not known'],
        ['a name that writes to terminals', { name: 'a\u001b[2J', config: config() }, ['name'], 'control characters'],
        ['one in the config', { config: config({ name: 'a\nb' }) }, ['config', 'name'], 'control characters'],
        ['a second document', { config: 'epochs: 1\n---\nepochs: 2\n' }, ['config'], 'second document'],
      ])('refuses %s by path, and writes nothing', async (_what, body, path, said) => {
        const experiment = freshName();
        let error: Awaited<ReturnType<Caller['fails']>> | undefined;
        const rows = await server.rowsWritten(async () => {
          error = await user.fails('POST', '/runs', { experiment, ...body });
        });
        expect(rows).toBe(0);
        expect(error).toMatchObject({ status: 400, code: 'invalid_request' });
        expect(error!.details!.map((issue) => issue.path)).toContainEqual(path);
        expect(JSON.stringify(error)).toContain(said);
        const { experiments } = await reader.ok<{ experiments: unknown[] }>(
          'GET',
          `/experiments?name=${encodeURIComponent(experiment)}`,
        );
        expect(experiments).toEqual([]);
      });

      test('an issue in YAML has its line and column', async () => {
        const yaml = 'data:\n  path: p\n  validation_split: 2\nmodel: convnet\nepochs: 3\n';
        const error = await user.fails('POST', '/runs', { experiment: freshName(), config: yaml });
        expect(error.details).toContainEqual(
          expect.objectContaining({ path: ['config', 'data', 'validation_split'], line: 3, column: 21 }),
        );
        const broken = await user.fails('POST', '/runs', { experiment: freshName(), config: 'data: [1, 2\nmodel: x' });
        expect(broken).toMatchObject({ status: 400, code: 'invalid_request' });
        expect(broken.details?.[0]?.line).toBeGreaterThan(0);
        const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${['b', 'c', 'd', 'e', 'f', 'g'].map((k, i) => `${k}: &${k} [${Array(9).fill(`*${'abcdef'[i]}`).join(',')}]`).join('\n')}`;
        expect(await user.fails('POST', '/runs', { experiment: freshName(), config: bomb })).toMatchObject({
          status: 400,
        });
      });

      test('validate says the same without registering', async () => {
        const good = await reader.ok<Json>('POST', '/validate', { config: config() });
        expect(good).toMatchObject({ ok: true, issues: [], resolved: { epochs: 3 } });
        const bad = await reader.ok<Json>('POST', '/validate', { config: config({ epochs: -1 }) });
        expect(bad).toMatchObject({ ok: false, resolved: null, issues: [{ path: ['epochs'], value: -1 }] });
      });

      test('needs an experiment, a token, and the scope to write', async () => {
        expect(await user.fails('POST', '/runs', { config: config() })).toMatchObject({
          status: 400,
          details: [{ path: ['experiment'] }],
        });
        expect(await reader.fails('POST', '/runs', { experiment: 'x' })).toMatchObject({
          status: 403,
          code: 'forbidden',
        });
        expect(await new Caller(server, null).fails('GET', '/runs')).toMatchObject({
          status: 401,
          code: 'unauthorized',
        });
        expect(await new Caller(server, `tdm${'0'.repeat(37)}`).fails('GET', '/runs')).toMatchObject({ status: 401 });
      });

      test('a body that is not JSON, or too large, is refused as such', async () => {
        expect(await user.fails('POST', '/runs', '{')).toMatchObject({ status: 400, message: 'The body is not JSON.' });
        const huge = await user
          .send('POST', '/runs', JSON.stringify({ note: 'x'.repeat(17 * 2 ** 20) }))
          .catch(() => null);
        // A server may close the connection before all of a refused body was sent.
        if (huge) expect(huge).toMatchObject({ status: 413, body: { error: { code: 'too_large' } } });
      });
    });

    describe('one run', () => {
      test('update: name, note, tags and the priority of a queued one', async () => {
        const run = await register(user, { tags: { a: '1', b: '2' } });
        const updated = await user.ok('PATCH', `/runs/${run.id}`, {
          name: 'new',
          note: 'said',
          tags: { a: null, c: '3' },
          priority: 7,
        });
        expect(updated).toMatchObject({ name: 'new', note: 'said', tags: { b: '2', c: '3' }, priority: 7 });
        await user.ok('POST', `/runs/${run.id}/cancel`);
        expect(await user.fails('PATCH', `/runs/${run.id}`, { priority: 1 })).toMatchObject({ status: 409 });
        expect(await user.ok('PATCH', `/runs/${run.id}`, { note: '' })).toMatchObject({ note: '', name: 'new' });
        expect(await user.fails('PATCH', `/runs/${run.id}`, { nmae: 'x' })).toMatchObject({ status: 400 });
        expect(await user.fails('PATCH', `/runs/${'0'.repeat(32)}`, { name: 'x' })).toMatchObject({
          status: 404,
          code: 'not_found',
        });
      });

      test('cancel: a queued run at once, and again', async () => {
        const run = await register(user);
        expect(await user.ok('POST', `/runs/${run.id}/cancel`)).toMatchObject({
          status: 'cancelled',
          endedAt: server.now(),
        });
        expect(await user.ok('POST', `/runs/${run.id}/cancel`)).toMatchObject({ status: 'cancelled' });
        const events = (await get(run.id)).events as { type: string }[];
        expect(events.map((event) => event.type)).toEqual(['queued', 'cancelled']);
      });

      test('cancel: a script has a minute to notice', async () => {
        const run = await start();
        expect(await user.ok('POST', `/runs/${run.id}/cancel`)).toMatchObject({ status: 'cancelling' });
        const { attempt, token } = run.session;
        const reply = await user.ok('POST', `/runs/${run.id}/log`, {
          attempt,
          token,
          firstSeq: 1,
          lastSeq: 1,
          series: [series('loss', [[1, 1]])],
        });
        expect(reply).toMatchObject({ cancel: true });
        await server.advance(60_000);
        await server.tick();
        expect(await get(run.id)).toMatchObject({ status: 'cancelled', metrics: { loss: { count: 1 } } });
      });

      test('clone: the same config under a new id and name', async () => {
        const run = await register(user, { tags: { a: '1' }, requires: ['gpu'], priority: 3 });
        const copy = await user.ok<RunBody>('POST', `/runs/${run.id}/clone`, { name: 'again' });
        expect(copy).toMatchObject({
          name: 'again',
          status: 'queued',
          clonedFrom: run.id,
          ordinal: 2,
          tags: { a: '1' },
          requires: ['gpu'],
          priority: 3,
        });
        expect(copy.config).toEqual(run.config);
        expect(await user.fails('POST', `/runs/${(await start()).id}/clone`, {})).toMatchObject({ status: 409 });
      });

      test('delete and restore; a live run is cancelled first; the trash is emptied after 30 days', async () => {
        const run = await register(user);
        expect(await user.ok('DELETE', `/runs/${run.id}`)).toMatchObject({ deletedAt: server.now() });
        expect(await user.ok('DELETE', `/runs/${run.id}`)).toMatchObject({ id: run.id });
        const { total } = await reader.ok<{ total: number }>('GET', `/runs?experiment=${run.experimentId}&count=true`);
        expect(total).toBe(0);
        const trash = await reader.ok<{ runs: RunBody[] }>('GET', `/runs?experiment=${run.experimentId}&deleted=true`);
        expect(trash.runs.map(({ id }) => id)).toEqual([run.id]);
        expect(await user.ok('POST', `/runs/${run.id}/restore`)).toMatchObject({ deletedAt: null, status: 'queued' });

        const live = await start();
        expect(await user.fails('DELETE', `/runs/${live.id}`)).toMatchObject({ status: 409, code: 'conflict' });

        await user.ok('DELETE', `/runs/${run.id}`);
        await server.advance(29 * 86_400_000);
        await server.tick();
        expect((await get(run.id)).id).toBe(run.id);
        await server.advance(86_400_000);
        await server.tick();
        expect(await reader.fails('GET', `/runs/${run.id}`)).toMatchObject({ status: 404 });
      });
    });

    describe('a script’s own log', () => {
      test('with sequence numbers a repeated call changes nothing; without, points are appended', async () => {
        const run = await start();
        const { attempt, token } = run.session;
        const batch = { attempt, token, firstSeq: 1, lastSeq: 1, series: [series('loss', [[1, 1]])] };
        for (let i = 0; i < 2; i++)
          expect(await user.ok('POST', `/runs/${run.id}/log`, batch)).toMatchObject({ ackedSeq: 1 });
        await Promise.all(
          [2, 3, 4, 5].map((step) =>
            user.ok('POST', `/runs/${run.id}/log`, { series: [series('loss', [[step, step]])] }),
          ),
        );
        expect((await get(run.id)).metrics.loss).toMatchObject({ count: 5, last: 5, min: 1, max: 5 });
        expect(await user.fails('POST', `/runs/${run.id}/log`, { attempt, series: [] })).toMatchObject({ status: 400 });
        expect(await user.fails('POST', `/runs/${run.id}/log`, { ...batch, token: 'no' })).toMatchObject({
          code: 'stale_attempt',
        });
      });

      test('finish ends it once', async () => {
        const run = await start();
        const { attempt, token } = run.session;
        const numbered = { attempt, token, firstSeq: 1, lastSeq: 1 };
        await user.ok('POST', `/runs/${run.id}/log`, { ...numbered, series: [series('loss', [[1, 0.5]])] });
        const finish = { attempt, token, finalSeq: 1, outcome: 'finished' };
        expect(await user.fails('POST', `/runs/${run.id}/finish`, { ...finish, finalSeq: 2 })).toMatchObject({
          code: 'metrics_pending',
        });
        for (let i = 0; i < 2; i++)
          expect(await user.ok('POST', `/runs/${run.id}/finish`, finish)).toMatchObject({ status: 'finished' });
        expect(await user.fails('POST', `/runs/${run.id}/log`, { series: [] })).toMatchObject({
          status: 409,
          code: 'conflict',
        });
        expect(await user.fails('POST', `/runs/${'0'.repeat(32)}/log`, { series: [] })).toMatchObject({ status: 404 });
      });

      test.each<[string, Json, string]>([
        ['columns of different length', { key: 'a', steps: [1, 2], times: [1], values: [1] }, 'equal lengths'],
        ['a bad key', { key: 'a"b', steps: [], times: [], values: [] }, 'letters'],
        ['a step that is no integer', { key: 'a', steps: [1.5], times: [1], values: [1] }, 'int'],
        ['a value that is none', { key: 'a', steps: [1], times: [1], values: ['nan'] }, ''],
      ])('refuses %s', async (_what, bad, said) => {
        const run = await start();
        const error = await user.fails('POST', `/runs/${run.id}/log`, { series: [bad] });
        expect(error).toMatchObject({ status: 400, code: 'invalid_request' });
        expect(error.details![0]!.path.slice(0, 2)).toEqual(['series', 0]);
        expect(JSON.stringify(error)).toContain(said);
      });
    });
  });
}
