import { Webhook } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import { until } from '../support/until.ts';
import { alertBench, DAY, type DeliveryBody, type WebhookBody } from './alert-bench.ts';
import { claim, register } from './documents.ts';
import { Caller, type Open } from './server.ts';

export function suite(open: Open): void {
  describe('webhooks', () => {
    const bench = alertBench(open);
    const { hook, alert, script, log, deliveries, later } = bench;

    test('an attempt that fails is made again by the schedule, always with the same id', async () => {
      const { run, experiment } = await script();
      const webhook = await hook();
      const { id } = await alert({ kind: 'nan' }, { experiment, webhook: webhook.id });
      await log(run, 'loss', [[1, 'NaN']]);
      bench.answer = { status: 500 };
      await bench.server.tick();
      const only = async (): Promise<DeliveryBody> => (await deliveries(`alert=${id}`))[0]!;
      let delivery = await only();
      expect(delivery).toMatchObject({ state: 'pending', attempts: [{ status: 500, error: 'answered 500' }] });
      expect(delivery.dueAt! - bench.server.now()).toBeGreaterThanOrEqual(1000);
      expect(delivery.dueAt! - bench.server.now()).toBeLessThanOrEqual(5000);
      bench.answer = { status: 503, headers: { 'retry-after': '600' } };
      await later(5000);
      delivery = await only();
      expect(delivery.attempts.map(({ status }) => status)).toEqual([500, 503]);
      expect(delivery.dueAt! - bench.server.now()).toBe(600_000);
      await bench.server.tick();
      expect(bench.received).toHaveLength(2);
      bench.answer = { status: 302, headers: { location: bench.url } };
      await later(600_000);
      expect((await only()).attempts.at(-1)).toMatchObject({ attempt: 3, status: 302 });
      bench.answer = { status: 200 };
      await later(1800_000);
      expect(await only()).toMatchObject({ state: 'delivered', dueAt: null });
      expect(new Set(bench.received.map(({ headers }) => headers['webhook-id']))).toEqual(new Set([delivery.id]));
      expect(bench.received).toHaveLength(4);
      expect(new Set(bench.received.map(({ headers }) => headers['webhook-timestamp'])).size).toBe(4);
      for (const { headers, body } of bench.received) {
        const time = new Date(Number(headers['webhook-timestamp']) * 1000);
        expect(headers['webhook-signature']).toBe(new Webhook(webhook.secret).sign(delivery.id, time, body));
      }
    });

    test('ten attempts over days, then it is given up and the address switched off; switched on again it goes on', async () => {
      const { run, experiment } = await script();
      const webhook = await hook();
      const { id } = await alert({ kind: 'nan' }, { experiment, webhook: webhook.id });
      await log(run, 'loss', [[1, 'NaN']]);
      bench.answer = { status: 404 };
      for (let i = 0; i < 12; i++) await later(DAY);
      expect(bench.received).toHaveLength(10);
      const [delivery] = await deliveries(`alert=${id}`);
      expect(delivery).toMatchObject({ state: 'failed', dueAt: null });
      const { webhooks } = await bench.admin.ok<{ webhooks: WebhookBody[] }>('GET', '/webhooks');
      expect(webhooks.find((one) => one.id === webhook.id)).toMatchObject({
        disabledReason: 'nothing was delivered for days: answered 404',
        failingSince: expect.any(Number),
      });
      expect(await bench.user.ok('GET', `/alerts/${id}`)).toMatchObject({ webhook: { disabled: true } });
      const on = await bench.admin.ok<WebhookBody>('PATCH', `/webhooks/${webhook.id}`, { enabled: true });
      expect(on).toMatchObject({ disabledAt: null, disabledReason: null, failingSince: null });
      bench.answer = { status: 200 };
      const again = await bench.user.ok<DeliveryBody>('POST', `/deliveries/${delivery!.id}/redeliver`);
      expect(again).toMatchObject({ state: 'delivered' });
      expect(again.attempts.at(-1)).toMatchObject({ attempt: 11, status: 200, manual: true });
      await later(31 * DAY);
      expect(await deliveries(`alert=${id}`)).toEqual([]);
    });

    test('an address that hangs holds up no lease and no other address; what waits for it follows by itself', async () => {
      const fire = async (url: string, count: number): Promise<string> => {
        const { run, experiment } = await script();
        const webhook = (await hook({ url })).id;
        for (let i = 0; i < count; i++) await alert({ kind: 'nan' }, { experiment, webhook });
        await log(run, 'loss', [[1, 'NaN']]);
        return `webhook=${webhook}`;
      };
      const states = async (query: string): Promise<string[]> => (await deliveries(query)).map(({ state }) => state);
      const lost = await register(bench.user);
      expect((await claim(bench.worker, 'w'))!.run).toBe(lost.id);
      await bench.server.advance(120_000);
      const slow = await fire(`${bench.url}?hold`, 7);
      const quick = await fire(bench.url, 1);
      await bench.server.tick(false);
      expect(await bench.user.ok('GET', `/runs/${lost.id}`)).toMatchObject({ status: 'queued' });
      await until('the quick address', async () => (await states(quick))[0] === 'delivered', 10);
      // A second tick begins nothing twice.
      await bench.server.tick(false);
      await until('the slow address', async () => bench.held.length === 5, 10);
      expect(await states(slow)).toEqual(Array(7).fill('pending'));
      for (let answered = 0; answered < 7; answered++) {
        await until('the next request', async () => bench.held.length > 0, 10);
        bench.held.shift()!();
      }
      await until('what waited', async () => (await states(slow)).every((state) => state === 'delivered'), 10);
      expect(new Set(bench.received.map(({ headers }) => headers['webhook-id'])).size).toBe(8);
      expect(bench.received).toHaveLength(8);
    });

    test('410 Gone switches an address off at once', async () => {
      const webhook = await hook();
      const { id } = await alert({ kind: 'finished' }, { webhook: webhook.id, run: (await script()).run.id });
      bench.answer = { status: 410 };
      expect(await bench.user.ok('POST', `/alerts/${id}/test`)).toMatchObject({ state: 'failed', type: 'alert.test' });
      const { webhooks } = await bench.admin.ok<{ webhooks: WebhookBody[] }>('GET', '/webhooks');
      expect(webhooks.find((one) => one.id === webhook.id)).toMatchObject({ disabledReason: 'it answered 410 Gone' });
    });

    test('who answers that it is busy gets nothing else meanwhile', async () => {
      const webhook = (await hook()).id;
      const { run, experiment } = await script();
      await alert({ kind: 'metric', key: 'a', op: '>', value: 0 }, { webhook, experiment });
      await alert({ kind: 'metric', key: 'b', op: '>', value: 0 }, { webhook, experiment });
      await log(run, 'a', [[1, 1]]);
      bench.answer = { status: 429, headers: { 'retry-after': '60' } };
      await bench.server.tick();
      await log(run, 'b', [[1, 1]]);
      await later(59_000);
      expect(bench.received.length).toBeLessThanOrEqual(2);
      bench.answer = { status: 200 };
      await later(120_000);
      const states = (await deliveries(`webhook=${webhook}`)).map(({ state }) => state);
      expect(states).toEqual(['delivered', 'delivered']);
    });

    test('nobody there: the reason is in the log', async () => {
      const webhook = (await hook({ url: 'http://127.0.0.1:9/nobody' })).id;
      const { id } = await alert({ kind: 'failed' }, { webhook, run: (await script()).run.id });
      const { attempts, state } = await bench.user.ok<DeliveryBody>('POST', `/alerts/${id}/test`);
      expect(state).toBe('pending');
      expect(attempts).toMatchObject([{ status: null, error: expect.stringMatching(/.+/) }]);
      const [waiting] = await deliveries(`alert=${id}`);
      expect(await bench.user.ok('POST', `/deliveries/${waiting!.id}/redeliver`)).toMatchObject({
        attempts: [{ manual: true }, { manual: true }],
      });
      await bench.user.ok('DELETE', `/alerts/${id}`);
    });

    test('after a rotation both secrets sign, until the old one ends', async () => {
      const webhook = await hook();
      const { id } = await alert({ kind: 'failed' }, { webhook: webhook.id, run: (await script()).run.id });
      const rotated = await bench.admin.ok<WebhookBody>('POST', `/webhooks/${webhook.id}/rotate`, { hours: 2 });
      expect(rotated.secret).not.toBe(webhook.secret);
      expect(rotated).toMatchObject({ oldSecretUntil: bench.server.now() + 7_200_000 });
      const signatures = async (): Promise<string[]> => {
        await bench.user.ok('POST', `/alerts/${id}/test`);
        const { headers, body } = bench.received.at(-1)!;
        const time = new Date(Number(headers['webhook-timestamp']) * 1000);
        const expected = [rotated.secret, webhook.secret].map((secret) =>
          new Webhook(secret).sign(String(headers['webhook-id']), time, body),
        );
        return String(headers['webhook-signature'])
          .split(' ')
          .map((signature) => ['new', 'old'][expected.indexOf(signature)] ?? 'none');
      };
      expect(await signatures()).toEqual(['new', 'old']);
      await bench.server.advance(7_200_001);
      expect(await signatures()).toEqual(['new']);
    });

    test('a secret may be brought along; it is never shown again', async () => {
      const secret = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;
      const webhook = await hook({ secret });
      expect(webhook.secret).toBe(secret);
      const list = await bench.admin.get('/webhooks');
      expect(JSON.stringify(list.body)).not.toContain(secret);
      expect(
        await bench.admin.fails('POST', '/webhooks', { name: 'x', url: bench.url, secret: 'whsec_short' }),
      ).toMatchObject({
        code: 'invalid_request',
      });
    });

    test('Slack’s form is one text', async () => {
      const webhook = (await hook({ format: 'slack' })).id;
      const { run } = await script({ name: 'a <b> & c' });
      await alert({ kind: 'metric', key: 'loss', op: '>', value: 5 }, { webhook, run: run.id, name: 'too high' });
      await log(run, 'loss', [[4, 6]]);
      await bench.server.tick();
      const { text, ...rest } = JSON.parse(bench.received[0]!.body) as { text: string };
      expect(rest).toEqual({});
      expect(text).toContain('*too high*: loss &gt; 5');
      expect(text).toContain('(a &lt;b&gt; &amp; c)');
      expect(text).toContain('loss = 6 at step 4');
    });

    test('addresses are an admin’s; who only reads sees alerts and deliveries', async () => {
      const reader = await Caller.of(bench.server, 'read');
      const status = async (method: string, path: string, caller: Caller): Promise<number> =>
        (await caller.send(method, path, method === 'GET' ? undefined : {})).status;
      expect(await status('GET', '/webhooks', bench.user)).toBe(403);
      expect(await status('POST', '/webhooks', bench.user)).toBe(403);
      expect(await status('GET', '/alerts', reader)).toBe(200);
      expect(await status('GET', '/deliveries', reader)).toBe(200);
      expect(await status('POST', '/alerts', reader)).toBe(403);
      expect(await status('POST', '/deliveries/msg_x/redeliver', reader)).toBe(403);
      expect(await bench.admin.fails('POST', '/webhooks', { name: 'x', url: 'ftp://example.org' })).toMatchObject({
        code: 'invalid_request',
      });
    });
  });
}
