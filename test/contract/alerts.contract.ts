import { Webhook } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import { type AlertBody, alertBench, MINUTE, type Received, type Script } from './alert-bench.ts';
import { claim, config, freshName, held, register, series } from './documents.ts';
import type { Json, Open } from './server.ts';

export function suite(open: Open): void {
  describe('alerts', () => {
    const bench = alertBench(open);
    const { hook, alert, script, log, finish, bodies, deliveries, later } = bench;

    test('a metric over its threshold fires once a run, with what it saw, signed by the specification', async () => {
      const { run, experiment } = await script();
      const webhook = await hook();
      const made = await alert({ kind: 'metric', key: 'loss', op: '>', value: 5 }, { experiment, webhook: webhook.id });
      expect(made).toMatchObject({ text: 'loss > 5', experiment: { id: experiment }, fired: 0, cooldownMinutes: null });
      await log(run, 'loss', [[1, 5]]);
      await log(run, 'other', [[1, 6]]);
      await bench.server.tick();
      expect(bench.received).toEqual([]);
      await log(run, 'loss', [
        [2, 1],
        [3, 7.5],
        [4, 8],
      ]);
      await log(run, 'loss', [[5, 9]]);
      await bench.server.tick();
      expect(bodies()).toEqual([
        {
          type: 'alert.metric',
          timestamp: new Date(bench.server.now()).toISOString(),
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
      const [{ headers, body }] = bench.received as [Received];
      const time = new Date(Math.floor(bench.server.now() / 1000) * 1000);
      expect(headers['webhook-timestamp']).toBe(String(time.getTime() / 1000));
      expect(headers['content-type']).toBe('application/json');
      const id = String(headers['webhook-id']);
      expect(headers['webhook-signature']).toBe(new Webhook(webhook.secret).sign(id, time, body));
      const [delivery] = await deliveries(`alert=${made.id}`);
      expect(delivery).toMatchObject({ id, state: 'delivered', dueAt: null, run: run.id });
      expect(delivery!.attempts).toMatchObject([{ attempt: 1, status: 204, error: null, manual: false }]);
      expect(await bench.user.ok('GET', `/alerts/${made.id}`)).toMatchObject({
        fired: 1,
        lastFiredAt: bench.server.now(),
      });
    });

    test('with a cooldown it fires again, once it was not true meanwhile', async () => {
      const { run, experiment } = await script();
      const { id } = await alert({ kind: 'metric', key: 'lr', op: '<', value: 0 }, { experiment, cooldownMinutes: 10 });
      const fired = async (): Promise<number> => (await deliveries(`alert=${id}`)).length;
      await log(run, 'lr', [[1, -1]]);
      expect(await fired()).toBe(1);
      await bench.server.advance(11 * MINUTE);
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
      await bench.server.advance(11 * MINUTE);
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
      const { runs } = await bench.user.ok<{ runs: Json[] }>('POST', `/alerts/${id}/replay`);
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
      await bench.user.ok('PATCH', `/alerts/${paused.id}`, { paused: true });
      await bench.admin.ok('PATCH', `/webhooks/${off.id}`, { enabled: false });
      for (const { run } of [mine, other]) await log(run, 'x', [[1, 1]]);
      const counts = await Promise.all(
        [here, one, everywhere, paused, silent].map(async ({ id }) => (await deliveries(`alert=${id}`)).length),
      );
      expect(counts).toEqual([1, 1, 2, 0, 0]);
      for (const { id } of [here, one, everywhere, paused, silent]) await bench.user.ok('DELETE', `/alerts/${id}`);
      await log(mine.run, 'x', [[2, 1]]);
      expect(await deliveries('limit=1000')).not.toContainEqual(expect.objectContaining({ alert: everywhere.id }));
    });

    test('the end of a run: failed, finished, and a worker that was lost', async () => {
      const webhook = (await hook()).id;
      const experimentName = freshName('ends');
      const first = await bench.user.ok<Script>('POST', '/runs', { experiment: experimentName });
      const experiment = Number(first.experimentId);
      for (const kind of ['failed', 'finished', 'worker_lost']) await alert({ kind }, { webhook, experiment });
      await finish(first, 'failed', { error: { code: 'oom', message: 'out of memory\nat step 7' } });
      const second = await bench.user.ok<Script>('POST', '/runs', { experiment: experimentName });
      await finish(second, 'finished');
      const third = await bench.user.ok<Script>('POST', '/runs', { experiment: experimentName });
      await finish(third, 'cancelled');
      await bench.server.tick();
      expect(bodies().map(({ type, data }) => [type, data.run.ordinal, data.run.status, data.error])).toEqual(
        expect.arrayContaining([
          ['alert.failed', 1, 'failed', 'out of memory\nat step 7'],
          ['alert.finished', 2, 'finished', undefined],
        ]),
      );
      expect(bench.received).toHaveLength(2);
      bench.received = [];
      await register(bench.user, { experiment: experimentName, requires: ['alerts=yes'], priority: 9 });
      const lease = (await claim(bench.worker, 'w', ['alerts=yes']))!;
      await later(lease.leaseSeconds * 1000 + MINUTE);
      await bench.server.tick();
      expect(bodies().map(({ type, data }) => [type, data.run.ordinal, data.attempt])).toEqual([
        ['alert.worker_lost', 4, 1],
      ]);
      await bench.user.ok('POST', `/runs/${lease.run}/cancel`);
    });

    test('no progress: heartbeats and system metrics are none; the run’s own metrics and steps are', async () => {
      const experiment = freshName('stalls');
      const queued = await register(bench.user, {
        experiment,
        requires: ['alerts=yes'],
        priority: 9,
        config: config(),
      });
      const { id } = await alert({ kind: 'no_progress', minutes: 10 }, { run: queued.id });
      const lease = (await claim(bench.worker, 'w', ['alerts=yes']))!;
      const path = `/leases/${lease.run}`;
      let seq = 0;
      const beat = (step?: number): Promise<Json> =>
        bench.worker.ok('POST', `${path}/heartbeat`, {
          ...held(lease),
          ...(step === undefined ? {} : { progress: { epoch: 0, epochs: 3, step, steps: 30 } }),
        });
      const send = (key: string): Promise<Json> => {
        seq++;
        return bench.worker.ok('POST', `${path}/log`, {
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
      await bench.server.tick();
      expect(bodies().map(({ type }) => type)).toEqual(['alert.no_progress']);
      await bench.worker.ok('POST', `${path}/finish`, { ...held(lease), finalSeq: seq, outcome: 'finished' });
      const { runs } = await bench.user.ok<{ runs: { firings: Json[] }[] }>('POST', `/alerts/${id}/replay`);
      expect(runs).toHaveLength(1);
    });

    test('rows: an alert that does not fire costs a log call nothing; one that fires two and its indexes', async () => {
      const { run, experiment } = await script();
      await log(run, 'loss', [[1, 1]]);
      const before = await bench.server.rowsWritten(() => log(run, 'loss', [[2, 1]]));
      const webhook = (await hook()).id;
      await alert({ kind: 'metric', key: 'loss', op: '>', value: 5 }, { webhook, experiment });
      await alert({ kind: 'nan' }, { webhook, experiment, cooldownMinutes: 5 });
      await alert({ kind: 'no_progress', minutes: 60 }, { webhook, experiment });
      await log(run, 'loss', [[3, 1]]);
      expect(await bench.server.rowsWritten(() => log(run, 'loss', [[4, 1]]))).toBe(before);
      const fired = await bench.server.rowsWritten(() => log(run, 'loss', [[5, 6]]));
      expect(fired).toBeGreaterThan(before + 1);
      expect(fired).toBeLessThanOrEqual(before + 6);
      expect(await bench.server.rowsWritten(() => log(run, 'loss', [[6, 7]]))).toBe(before);
    });

    test('a batch sent twice fires once', async () => {
      const { run, experiment } = await script();
      const { id } = await alert({ kind: 'metric', key: 'x', op: '>', value: 0 }, { experiment });
      const body = { ...held(run.session), firstSeq: 1, lastSeq: 1, series: [series('x', [[1, 1]])] };
      await Promise.all([1, 2, 3, 4].map(() => bench.user.post(`/runs/${run.id}/log`, body)));
      expect(await deliveries(`alert=${id}`)).toHaveLength(1);
    });

    test('replay: where a rule would have fired in past runs, page by page, sending nothing', async () => {
      const experiment = freshName('past');
      const runs: Script[] = [];
      for (let i = 0; i < 4; i++) {
        await bench.server.advance(1000);
        const run = await bench.user.ok<Script>('POST', '/runs', { experiment });
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
      const replay = (body: Json = {}): Promise<Page> => bench.user.ok<Page>('POST', `/alerts/${id}/replay`, body);
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
      await bench.user.ok('PATCH', `/alerts/${id}`, { cooldownMinutes: 1 });
      expect((await replay({ rule: { kind: 'nan' } })).runs).toEqual([]);
      await bench.server.tick();
      expect(bench.received).toEqual([]);
    });

    test('a rule that is changed may fire again; what is wrong is named', async () => {
      const { run, experiment } = await script();
      const made = await alert({ kind: 'metric', key: 'x', op: '>', value: 0 }, { experiment });
      await log(run, 'x', [[1, 1]]);
      await bench.user.ok('PATCH', `/alerts/${made.id}`, { name: freshName('renamed') });
      await log(run, 'x', [[2, 1]]);
      expect(await deliveries(`alert=${made.id}`)).toHaveLength(1);
      await bench.user.ok('PATCH', `/alerts/${made.id}`, { rule: { kind: 'metric', key: 'x', op: '>', value: 0.5 } });
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
        expect(await bench.user.fails('POST', '/alerts', body)).toMatchObject({
          code: 'invalid_request',
          details: [{ path }],
        });
      }
      const taken = (await bench.user.ok<AlertBody>('GET', `/alerts/${made.id}`)).name;
      expect(await bench.user.fails('POST', '/alerts', { name: taken, rule, webhook })).toMatchObject({
        code: 'conflict',
      });
      expect(await bench.user.fails('GET', '/alerts/99999')).toMatchObject({ code: 'not_found' });
      expect(await bench.user.fails('POST', '/deliveries/msg_nothing/redeliver')).toMatchObject({ code: 'not_found' });
      expect(await bench.admin.fails('DELETE', `/webhooks/${(made.webhook as { id: number }).id}`)).toMatchObject({
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
        const { alerts } = await bench.user.ok<{ alerts: AlertBody[] }>('GET', `/alerts?${query}`);
        return mine.flatMap((id, i) => (alerts.some((one) => one.id === id) ? [i] : []));
      };
      expect(await ids('')).toEqual([0, 1, 2, 3]);
      expect(await ids(`experiment=${a.experiment}`)).toEqual([0, 1, 2]);
      expect(await ids(`run=${b.run.id}`)).toEqual([2, 3]);
      for (const id of mine) await bench.user.ok('DELETE', `/alerts/${id}`);
    });
  });
}
