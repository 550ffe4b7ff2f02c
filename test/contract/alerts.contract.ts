import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { claim, config, freshName, held, hello, type RunBody, register, series } from './documents.ts';
import { Caller, type Json, type Open, type TestServer } from './server.ts';

interface Received {
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}
interface WebhookBody {
  id: number;
  secret: string;
  disabledAt: number | null;
  disabledReason: string | null;
  failingSince: number | null;
  [key: string]: unknown;
}
interface AlertBody {
  id: number;
  fired: number;
  [key: string]: unknown;
}
interface DeliveryBody {
  id: string;
  state: string;
  dueAt: number | null;
  type: string;
  attempts: { attempt: number; status: number | null; error: string | null; manual: boolean }[];
  [key: string]: unknown;
}
type Script = RunBody & { session: { attempt: number; token: string } };

const MINUTE = 60_000;
const DAY = 86_400_000;

export function suite(open: Open): void {
  describe('alerts', () => {
    let server: TestServer;
    let admin: Caller;
    let user: Caller;
    let worker: Caller;
    let receiver: Server;
    let url = '';
    let received: Received[] = [];
    let answer: { status: number; headers?: Record<string, string> } = { status: 204 };

    beforeAll(async () => {
      server = await open();
      admin = await Caller.of(server, 'admin');
      user = await Caller.of(server, 'write');
      worker = await Caller.of(server, 'worker');
      await hello(worker, 'w', { labels: ['alerts=yes'] });
      receiver = createServer((request, response) => {
        let body = '';
        request.on('data', (chunk) => {
          body += String(chunk);
        });
        request.on('end', () => {
          received.push({ headers: request.headers, body });
          response.writeHead(answer.status, answer.headers).end();
        });
      });
      await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
      url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
    });
    afterAll(async () => {
      receiver.close();
      await server.close();
    });
    beforeEach(async () => {
      answer = { status: 204 };
      // What the test before left to be sent.
      await server.tick();
      received = [];
    });

    const hook = (more: Json = {}): Promise<WebhookBody> =>
      admin.ok<WebhookBody>('POST', '/webhooks', { name: freshName('hook'), url, ...more });
    const alert = async (rule: Json, more: Json = {}): Promise<AlertBody> => {
      const webhook = more.webhook ?? (await hook()).id;
      return user.ok<AlertBody>('POST', '/alerts', { name: freshName('alert'), rule, webhook, ...more });
    };
    /** A script's run in an experiment of its own. */
    const script = async (more: Json = {}): Promise<{ run: Script; experiment: number }> => {
      const run = await user.ok<Script>('POST', '/runs', { experiment: freshName('watched'), ...more });
      return { run, experiment: Number(run.experimentId) };
    };
    const log = (run: RunBody, key: string, points: [number, number | string][]): Promise<Json> =>
      user.ok('POST', `/runs/${run.id}/log`, { series: [series(key, points)] });
    const finish = (run: Script, outcome: string, more: Json = {}): Promise<Json> =>
      user.ok('POST', `/runs/${run.id}/finish`, { ...held(run.session), finalSeq: 0, outcome, ...more });
    const bodies = (): { type: string; data: Json & { run: Json; alert: Json } }[] =>
      received.map(({ body }) => JSON.parse(body));
    const deliveries = async (query: string): Promise<DeliveryBody[]> =>
      (await user.ok<{ deliveries: DeliveryBody[] }>('GET', `/deliveries?${query}`)).deliveries;
    const later = async (ms: number): Promise<void> => {
      await server.advance(ms);
      await server.tick();
    };

    test('a metric over its threshold fires once a run, with what it saw, signed by the specification', async () => {
      const { run, experiment } = await script();
      const webhook = await hook();
      const made = await alert({ kind: 'metric', key: 'loss', op: '>', value: 5 }, { experiment, webhook: webhook.id });
      expect(made).toMatchObject({ text: 'loss > 5', experiment: { id: experiment }, fired: 0, cooldownMinutes: null });
      await log(run, 'loss', [[1, 5]]);
      await log(run, 'other', [[1, 6]]);
      await server.tick();
      expect(received).toEqual([]);
      await log(run, 'loss', [
        [2, 1],
        [3, 7.5],
        [4, 8],
      ]);
      await log(run, 'loss', [[5, 9]]);
      await server.tick();
      expect(bodies()).toEqual([
        {
          type: 'alert.metric',
          timestamp: new Date(server.now()).toISOString(),
          data: {
            project: expect.any(String),
            alert: { id: made.id, name: made.name, rule: made.rule, text: 'loss > 5' },
            run: {
              id: run.id,
              experiment: run.experiment,
              ordinal: 1,
              name: run.name,
              status: 'running',
              path: expect.stringMatching(new RegExp(`/r/${run.id}$`)),
            },
            attempt: 1,
            key: 'loss',
            step: 3,
            value: 7.5,
          },
        },
      ]);
      const [{ headers, body }] = received as [Received];
      const time = new Date(Math.floor(server.now() / 1000) * 1000);
      expect(headers['webhook-timestamp']).toBe(String(time.getTime() / 1000));
      expect(headers['content-type']).toBe('application/json');
      const id = String(headers['webhook-id']);
      expect(headers['webhook-signature']).toBe(new Webhook(webhook.secret).sign(id, time, body));
      const [delivery] = await deliveries(`alert=${made.id}`);
      expect(delivery).toMatchObject({ id, state: 'delivered', dueAt: null, run: run.id });
      expect(delivery!.attempts).toMatchObject([{ attempt: 1, status: 204, error: null, manual: false }]);
      expect(await user.ok('GET', `/alerts/${made.id}`)).toMatchObject({ fired: 1, lastFiredAt: server.now() });
    });

    test('with a cooldown it fires again, once it was not true meanwhile', async () => {
      const { run, experiment } = await script();
      const { id } = await alert({ kind: 'metric', key: 'lr', op: '<', value: 0 }, { experiment, cooldownMinutes: 10 });
      const fired = async (): Promise<number> => (await deliveries(`alert=${id}`)).length;
      await log(run, 'lr', [[1, -1]]);
      expect(await fired()).toBe(1);
      await server.advance(11 * MINUTE);
      await log(run, 'lr', [[2, -1]]);
      expect(await fired()).toBe(1);
      await log(run, 'lr', [
        [3, 1],
        [4, -1],
      ]);
      expect(await fired()).toBe(2);
      await log(run, 'lr', [
        [5, 1],
        [6, -1],
      ]);
      expect(await fired()).toBe(2);
      await server.advance(11 * MINUTE);
      await log(run, 'lr', [[7, -1]]);
      expect(await fired()).toBe(3);
    });

    test.each([
      [{ kind: 'metric', key: 'a', op: '>=', value: 2 }, [1, 'NaN', 'Infinity'], 3],
      [{ kind: 'metric', key: 'a', op: '<=', value: 2 }, [3, '-Infinity'], 2],
      [{ kind: 'metric', key: 'a', op: '<', value: 2 }, ['NaN', 2, 1.5], 3],
      [{ kind: 'metric', key: 'a', op: '>', value: 0, fromStep: 3 }, [9, 9, 7, 9], 3],
      [{ kind: 'nan', key: 'a' }, [1, 2, 'NaN', 'Infinity'], 3],
      [{ kind: 'nan' }, [1, '-Infinity'], 2],
    ] as [Json, (number | string)[], number][])('%j of %j fires at step %i', async (rule, values, step) => {
      const { run, experiment } = await script();
      const { id } = await alert(rule, { experiment });
      await log(
        run,
        'a',
        values.map((value, i) => [i + 1, value]),
      );
      const [delivery, ...more] = await deliveries(`alert=${id}`);
      expect(more).toEqual([]);
      expect(delivery!.payload).toMatchObject({ data: { key: 'a', step, value: values[step - 1] } });
      const { runs } = await user.ok<{ runs: Json[] }>('POST', `/alerts/${id}/replay`);
      expect(runs).toMatchObject([{ id: run.id, firings: [{ key: 'a', step, value: values[step - 1] }] }]);
    });

    test('runs of other experiments, other runs, paused alerts and switched-off addresses are left alone', async () => {
      const [mine, other] = [await script(), await script()];
      const rule = { kind: 'metric', key: 'x', op: '>', value: 0 };
      const off = await hook();
      const webhook = (await hook()).id;
      const [here, one, everywhere, paused, silent] = [
        await alert(rule, { webhook, experiment: mine.experiment }),
        await alert(rule, { webhook, run: mine.run.id }),
        await alert(rule, { webhook }),
        await alert(rule, { webhook }),
        await alert(rule, { webhook: off.id }),
      ];
      await user.ok('PATCH', `/alerts/${paused.id}`, { paused: true });
      await admin.ok('PATCH', `/webhooks/${off.id}`, { enabled: false });
      for (const { run } of [mine, other]) await log(run, 'x', [[1, 1]]);
      const counts = await Promise.all(
        [here, one, everywhere, paused, silent].map(async ({ id }) => (await deliveries(`alert=${id}`)).length),
      );
      expect(counts).toEqual([1, 1, 2, 0, 0]);
      for (const { id } of [here, one, everywhere, paused, silent]) await user.ok('DELETE', `/alerts/${id}`);
      await log(mine.run, 'x', [[2, 1]]);
      expect(await deliveries('limit=1000')).not.toContainEqual(expect.objectContaining({ alert: everywhere.id }));
    });

    test('the end of a run: failed, finished, and a worker that was lost', async () => {
      const webhook = (await hook()).id;
      const experimentName = freshName('ends');
      const first = await user.ok<Script>('POST', '/runs', { experiment: experimentName });
      const experiment = Number(first.experimentId);
      for (const kind of ['failed', 'finished', 'worker_lost']) await alert({ kind }, { webhook, experiment });
      await finish(first, 'failed', { error: { code: 'oom', message: 'out of memory\nat step 7' } });
      const second = await user.ok<Script>('POST', '/runs', { experiment: experimentName });
      await finish(second, 'finished');
      const third = await user.ok<Script>('POST', '/runs', { experiment: experimentName });
      await finish(third, 'cancelled');
      await server.tick();
      expect(bodies().map(({ type, data }) => [type, data.run.ordinal, data.run.status, data.error])).toEqual(
        expect.arrayContaining([
          ['alert.failed', 1, 'failed', 'out of memory\nat step 7'],
          ['alert.finished', 2, 'finished', undefined],
        ]),
      );
      expect(received).toHaveLength(2);
      received = [];
      await register(user, { experiment: experimentName, requires: ['alerts=yes'], priority: 9 });
      const lease = (await claim(worker, 'w', ['alerts=yes']))!;
      await later(lease.leaseSeconds * 1000 + MINUTE);
      await server.tick();
      expect(bodies().map(({ type, data }) => [type, data.run.ordinal, data.attempt])).toEqual([
        ['alert.worker_lost', 4, 1],
      ]);
      await user.ok('POST', `/runs/${lease.run}/cancel`);
    });

    test('no progress: heartbeats and system metrics are none; the run’s own metrics and steps are', async () => {
      const experiment = freshName('stalls');
      const queued = await register(user, { experiment, requires: ['alerts=yes'], priority: 9, config: config() });
      const { id } = await alert({ kind: 'no_progress', minutes: 10 }, { run: queued.id });
      const lease = (await claim(worker, 'w', ['alerts=yes']))!;
      const path = `/leases/${lease.run}`;
      let seq = 0;
      const beat = (step?: number): Promise<Json> =>
        worker.ok('POST', `${path}/heartbeat`, {
          ...held(lease),
          ...(step === undefined ? {} : { progress: { epoch: 0, epochs: 3, step, steps: 30 } }),
        });
      const send = (key: string): Promise<Json> => {
        seq++;
        return worker.ok('POST', `${path}/log`, {
          ...held(lease),
          firstSeq: seq,
          lastSeq: seq,
          series: [series(key, [[seq, 1]])],
        });
      };
      const minute = async (work: () => Promise<unknown>): Promise<number> => {
        await later(MINUTE / 2);
        await work();
        await later(MINUTE / 2);
        await beat();
        return (await deliveries(`alert=${id}`)).length;
      };
      for (let i = 0; i < 6; i++) expect(await minute(() => beat(i))).toBe(0);
      for (let i = 0; i < 6; i++) expect(await minute(() => send('loss'))).toBe(0);
      const counts: number[] = [];
      for (let i = 0; i < 14; i++) counts.push(await minute(() => (i % 2 ? beat(5) : send('system/cpu'))));
      // The last progress was half a minute before the first of these.
      expect(counts.indexOf(1)).toBeGreaterThanOrEqual(8);
      expect(counts.indexOf(1)).toBeLessThanOrEqual(10);
      expect(counts.at(-1)).toBe(1);
      await server.tick();
      expect(bodies().map(({ type }) => type)).toEqual(['alert.no_progress']);
      await worker.ok('POST', `${path}/finish`, { ...held(lease), finalSeq: seq, outcome: 'finished' });
      const { runs } = await user.ok<{ runs: { firings: Json[] }[] }>('POST', `/alerts/${id}/replay`);
      expect(runs).toHaveLength(1);
    });

    test('an attempt that fails is made again by the schedule, always with the same id', async () => {
      const { run, experiment } = await script();
      const webhook = await hook();
      const { id } = await alert({ kind: 'nan' }, { experiment, webhook: webhook.id });
      await log(run, 'loss', [[1, 'NaN']]);
      answer = { status: 500 };
      await server.tick();
      const only = async (): Promise<DeliveryBody> => (await deliveries(`alert=${id}`))[0]!;
      let delivery = await only();
      expect(delivery).toMatchObject({ state: 'pending', attempts: [{ status: 500, error: 'answered 500' }] });
      expect(delivery.dueAt! - server.now()).toBeGreaterThanOrEqual(1000);
      expect(delivery.dueAt! - server.now()).toBeLessThanOrEqual(5000);
      answer = { status: 503, headers: { 'retry-after': '600' } };
      await later(5000);
      delivery = await only();
      expect(delivery.attempts.map(({ status }) => status)).toEqual([500, 503]);
      expect(delivery.dueAt! - server.now()).toBe(600_000);
      await server.tick();
      expect(received).toHaveLength(2);
      answer = { status: 302, headers: { location: url } };
      await later(600_000);
      expect((await only()).attempts.at(-1)).toMatchObject({ attempt: 3, status: 302 });
      answer = { status: 200 };
      await later(1800_000);
      expect(await only()).toMatchObject({ state: 'delivered', dueAt: null });
      expect(new Set(received.map(({ headers }) => headers['webhook-id']))).toEqual(new Set([delivery.id]));
      expect(received).toHaveLength(4);
      expect(new Set(received.map(({ headers }) => headers['webhook-timestamp'])).size).toBe(4);
      for (const { headers, body } of received) {
        const time = new Date(Number(headers['webhook-timestamp']) * 1000);
        expect(headers['webhook-signature']).toBe(new Webhook(webhook.secret).sign(delivery.id, time, body));
      }
    });

    test('ten attempts over days, then it is given up and the address switched off; switched on again it goes on', async () => {
      const { run, experiment } = await script();
      const webhook = await hook();
      const { id } = await alert({ kind: 'nan' }, { experiment, webhook: webhook.id });
      await log(run, 'loss', [[1, 'NaN']]);
      answer = { status: 404 };
      for (let i = 0; i < 12; i++) await later(DAY);
      expect(received).toHaveLength(10);
      const [delivery] = await deliveries(`alert=${id}`);
      expect(delivery).toMatchObject({ state: 'failed', dueAt: null });
      const { webhooks } = await admin.ok<{ webhooks: WebhookBody[] }>('GET', '/webhooks');
      expect(webhooks.find((one) => one.id === webhook.id)).toMatchObject({
        disabledReason: 'nothing was delivered for days: answered 404',
        failingSince: expect.any(Number),
      });
      expect(await user.ok('GET', `/alerts/${id}`)).toMatchObject({ webhook: { disabled: true } });
      const on = await admin.ok<WebhookBody>('PATCH', `/webhooks/${webhook.id}`, { enabled: true });
      expect(on).toMatchObject({ disabledAt: null, disabledReason: null, failingSince: null });
      answer = { status: 200 };
      const again = await user.ok<DeliveryBody>('POST', `/deliveries/${delivery!.id}/redeliver`);
      expect(again).toMatchObject({ state: 'delivered' });
      expect(again.attempts.at(-1)).toMatchObject({ attempt: 11, status: 200, manual: true });
      await later(31 * DAY);
      expect(await deliveries(`alert=${id}`)).toEqual([]);
    });

    test('410 Gone switches an address off at once', async () => {
      const webhook = await hook();
      const { id } = await alert({ kind: 'finished' }, { webhook: webhook.id, run: (await script()).run.id });
      answer = { status: 410 };
      expect(await user.ok('POST', `/alerts/${id}/test`)).toMatchObject({ state: 'failed', type: 'alert.test' });
      const { webhooks } = await admin.ok<{ webhooks: WebhookBody[] }>('GET', '/webhooks');
      expect(webhooks.find((one) => one.id === webhook.id)).toMatchObject({ disabledReason: 'it answered 410 Gone' });
    });

    test('who answers that it is busy gets nothing else meanwhile', async () => {
      const webhook = (await hook()).id;
      const { run, experiment } = await script();
      await alert({ kind: 'metric', key: 'a', op: '>', value: 0 }, { webhook, experiment });
      await alert({ kind: 'metric', key: 'b', op: '>', value: 0 }, { webhook, experiment });
      await log(run, 'a', [[1, 1]]);
      answer = { status: 429, headers: { 'retry-after': '60' } };
      await server.tick();
      await log(run, 'b', [[1, 1]]);
      await later(59_000);
      expect(received.length).toBeLessThanOrEqual(2);
      answer = { status: 200 };
      await later(120_000);
      const states = (await deliveries(`webhook=${webhook}`)).map(({ state }) => state);
      expect(states).toEqual(['delivered', 'delivered']);
    });

    test('nobody there: the reason is in the log', async () => {
      const webhook = (await hook({ url: 'http://127.0.0.1:9/nobody' })).id;
      const { id } = await alert({ kind: 'failed' }, { webhook, run: (await script()).run.id });
      const { attempts, state } = await user.ok<DeliveryBody>('POST', `/alerts/${id}/test`);
      expect(state).toBe('pending');
      expect(attempts).toMatchObject([{ status: null, error: expect.stringMatching(/.+/) }]);
      const [waiting] = await deliveries(`alert=${id}`);
      expect(await user.ok('POST', `/deliveries/${waiting!.id}/redeliver`)).toMatchObject({
        attempts: [{ manual: true }, { manual: true }],
      });
      await user.ok('DELETE', `/alerts/${id}`);
    });

    test('after a rotation both secrets sign, until the old one ends', async () => {
      const webhook = await hook();
      const { id } = await alert({ kind: 'failed' }, { webhook: webhook.id, run: (await script()).run.id });
      const rotated = await admin.ok<WebhookBody>('POST', `/webhooks/${webhook.id}/rotate`, { hours: 2 });
      expect(rotated.secret).not.toBe(webhook.secret);
      expect(rotated).toMatchObject({ oldSecretUntil: server.now() + 7_200_000 });
      const signatures = async (): Promise<string[]> => {
        await user.ok('POST', `/alerts/${id}/test`);
        const { headers, body } = received.at(-1)!;
        const time = new Date(Number(headers['webhook-timestamp']) * 1000);
        const expected = [rotated.secret, webhook.secret].map((secret) =>
          new Webhook(secret).sign(String(headers['webhook-id']), time, body),
        );
        return String(headers['webhook-signature'])
          .split(' ')
          .map((signature) => ['new', 'old'][expected.indexOf(signature)] ?? 'none');
      };
      expect(await signatures()).toEqual(['new', 'old']);
      await server.advance(7_200_001);
      expect(await signatures()).toEqual(['new']);
    });

    test('a secret may be brought along; it is never shown again', async () => {
      const secret = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;
      const webhook = await hook({ secret });
      expect(webhook.secret).toBe(secret);
      const list = await admin.get('/webhooks');
      expect(JSON.stringify(list.body)).not.toContain(secret);
      expect(await admin.fails('POST', '/webhooks', { name: 'x', url, secret: 'whsec_short' })).toMatchObject({
        code: 'invalid_request',
      });
    });

    test('Slack’s form is one text', async () => {
      const webhook = (await hook({ format: 'slack' })).id;
      const { run } = await script({ name: 'a <b> & c' });
      await alert({ kind: 'metric', key: 'loss', op: '>', value: 5 }, { webhook, run: run.id, name: 'too high' });
      await log(run, 'loss', [[4, 6]]);
      await server.tick();
      const { text, ...rest } = JSON.parse(received[0]!.body) as { text: string };
      expect(rest).toEqual({});
      expect(text).toContain('*too high*: loss &gt; 5');
      expect(text).toContain('(a &lt;b&gt; &amp; c)');
      expect(text).toContain('loss = 6 at step 4');
    });

    test('rows: an alert that does not fire costs a log call nothing; one that fires two and its indexes', async () => {
      const { run, experiment } = await script();
      await log(run, 'loss', [[1, 1]]);
      const before = await server.rowsWritten(() => log(run, 'loss', [[2, 1]]));
      const webhook = (await hook()).id;
      await alert({ kind: 'metric', key: 'loss', op: '>', value: 5 }, { webhook, experiment });
      await alert({ kind: 'nan' }, { webhook, experiment, cooldownMinutes: 5 });
      await alert({ kind: 'no_progress', minutes: 60 }, { webhook, experiment });
      await log(run, 'loss', [[3, 1]]);
      expect(await server.rowsWritten(() => log(run, 'loss', [[4, 1]]))).toBe(before);
      const fired = await server.rowsWritten(() => log(run, 'loss', [[5, 6]]));
      expect(fired).toBeGreaterThan(before + 1);
      expect(fired).toBeLessThanOrEqual(before + 6);
      expect(await server.rowsWritten(() => log(run, 'loss', [[6, 7]]))).toBe(before);
    });

    test('a batch sent twice fires once', async () => {
      const { run, experiment } = await script();
      const { id } = await alert({ kind: 'metric', key: 'x', op: '>', value: 0 }, { experiment });
      const body = { ...held(run.session), firstSeq: 1, lastSeq: 1, series: [series('x', [[1, 1]])] };
      await Promise.all([1, 2, 3, 4].map(() => user.post(`/runs/${run.id}/log`, body)));
      expect(await deliveries(`alert=${id}`)).toHaveLength(1);
    });

    test('replay: where a rule would have fired in past runs, page by page, sending nothing', async () => {
      const experiment = freshName('past');
      const runs: Script[] = [];
      for (let i = 0; i < 4; i++) {
        await server.advance(1000);
        const run = await user.ok<Script>('POST', '/runs', { experiment });
        await log(run, 'loss', [
          [1, i],
          [2, i - 3],
          [3, i],
        ]);
        if (i < 3) await finish({ ...run }, i === 2 ? 'failed' : 'finished');
        runs.push(run);
      }
      const { id } = await alert(
        { kind: 'metric', key: 'loss', op: '>', value: 1 },
        { experiment: Number(runs[0]!.experimentId) },
      );
      interface Page {
        looked: number;
        runs: { ordinal: number; firings: { step: number; value: number; at: number; attempt: number }[] }[];
        next: string | null;
      }
      const replay = (body: Json = {}): Promise<Page> => user.ok<Page>('POST', `/alerts/${id}/replay`, body);
      const all = await replay();
      expect(all.looked).toBe(4);
      expect(
        all.runs.map(({ ordinal, firings }) => [ordinal, firings.map(({ step, value }) => [step, value])]),
      ).toEqual([
        [4, [[1, 3]]],
        [3, [[1, 2]]],
      ]);
      const first = await replay({ limit: 3 });
      expect(first).toMatchObject({ looked: 3, next: expect.any(String) });
      expect(await replay({ limit: 3, cursor: first.next })).toEqual({ looked: 1, runs: [], next: null });
      const failed = await replay({ rule: { kind: 'failed' } });
      expect(failed.runs.map(({ ordinal }) => ordinal)).toEqual([3]);
      expect(await replay({ rule: { kind: 'finished' } })).toMatchObject({ runs: [{ ordinal: 2 }, { ordinal: 1 }] });
      await user.ok('PATCH', `/alerts/${id}`, { cooldownMinutes: 1 });
      expect((await replay({ rule: { kind: 'nan' } })).runs).toEqual([]);
      await server.tick();
      expect(received).toEqual([]);
    });

    test('a rule that is changed may fire again; what is wrong is named', async () => {
      const { run, experiment } = await script();
      const made = await alert({ kind: 'metric', key: 'x', op: '>', value: 0 }, { experiment });
      await log(run, 'x', [[1, 1]]);
      await user.ok('PATCH', `/alerts/${made.id}`, { name: freshName('renamed') });
      await log(run, 'x', [[2, 1]]);
      expect(await deliveries(`alert=${made.id}`)).toHaveLength(1);
      await user.ok('PATCH', `/alerts/${made.id}`, { rule: { kind: 'metric', key: 'x', op: '>', value: 0.5 } });
      await log(run, 'x', [[3, 1]]);
      expect(await deliveries(`alert=${made.id}`)).toHaveLength(2);
      const webhook = (await hook()).id;
      const rule = { kind: 'finished' };
      const wrong: [Json, (string | number)[]][] = [
        [{ name: 'a', rule, webhook: 99_999 }, ['webhook']],
        [{ name: 'a', rule, webhook, experiment: 99_999 }, ['experiment']],
        [{ name: 'a', rule, webhook, run: 'f'.repeat(32) }, ['run']],
        [{ name: 'a', rule, webhook, experiment, run: run.id }, ['run']],
        [{ name: 'a', rule: { kind: 'no_progress', minutes: 0 }, webhook }, ['rule', 'minutes']],
      ];
      for (const [body, path] of wrong) {
        expect(await user.fails('POST', '/alerts', body)).toMatchObject({
          code: 'invalid_request',
          details: [{ path }],
        });
      }
      const taken = (await user.ok<AlertBody>('GET', `/alerts/${made.id}`)).name;
      expect(await user.fails('POST', '/alerts', { name: taken, rule, webhook })).toMatchObject({ code: 'conflict' });
      expect(await user.fails('GET', '/alerts/99999')).toMatchObject({ code: 'not_found' });
      expect(await user.fails('POST', '/deliveries/msg_nothing/redeliver')).toMatchObject({ code: 'not_found' });
      expect(await admin.fails('DELETE', `/webhooks/${(made.webhook as { id: number }).id}`)).toMatchObject({
        code: 'conflict',
        message: expect.stringContaining('is used by'),
      });
    });

    test('alerts of an experiment or a run are those that look at it', async () => {
      const [a, b] = [await script(), await script()];
      const rule = { kind: 'finished' };
      const webhook = (await hook()).id;
      const mine = [
        await alert(rule, { webhook, experiment: a.experiment }),
        await alert(rule, { webhook, run: a.run.id }),
        await alert(rule, { webhook }),
        await alert(rule, { webhook, experiment: b.experiment }),
      ].map(({ id }) => id);
      const ids = async (query: string): Promise<number[]> => {
        const { alerts } = await user.ok<{ alerts: AlertBody[] }>('GET', `/alerts?${query}`);
        return mine.flatMap((id, i) => (alerts.some((one) => one.id === id) ? [i] : []));
      };
      expect(await ids('')).toEqual([0, 1, 2, 3]);
      expect(await ids(`experiment=${a.experiment}`)).toEqual([0, 1, 2]);
      expect(await ids(`run=${b.run.id}`)).toEqual([2, 3]);
      for (const id of mine) await user.ok('DELETE', `/alerts/${id}`);
    });

    test('addresses are an admin’s; who only reads sees alerts and deliveries', async () => {
      const reader = await Caller.of(server, 'read');
      const status = async (method: string, path: string, caller: Caller): Promise<number> =>
        (await caller.send(method, path, method === 'GET' ? undefined : {})).status;
      expect(await status('GET', '/webhooks', user)).toBe(403);
      expect(await status('POST', '/webhooks', user)).toBe(403);
      expect(await status('GET', '/alerts', reader)).toBe(200);
      expect(await status('GET', '/deliveries', reader)).toBe(200);
      expect(await status('POST', '/alerts', reader)).toBe(403);
      expect(await status('POST', '/deliveries/msg_x/redeliver', reader)).toBe(403);
      expect(await admin.fails('POST', '/webhooks', { name: 'x', url: 'ftp://example.org' })).toMatchObject({
        code: 'invalid_request',
      });
    });
  });
}
