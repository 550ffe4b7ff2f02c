import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { claim, config, freshName, held, hello, type LeaseBody, type RunBody, register, series } from './documents.ts';
import { Caller, type Open, type TestServer } from './server.ts';

const unknownDigest = 'a'.repeat(64);

export function suite(open: Open): void {
  describe('leases', () => {
    let server: TestServer;
    let user: Caller;
    let worker: Caller;
    let only = 0;

    beforeAll(async () => {
      server = await open();
      user = await Caller.of(server, 'write');
      worker = await Caller.of(server, 'worker');
    });
    afterAll(() => server.close());

    /** A run that only this worker can take, and its lease. */
    async function leased(
      more: Record<string, unknown> = {},
    ): Promise<{ run: RunBody; lease: LeaseBody; id: string; label: string }> {
      const label = `only=${++only}`;
      const id = `worker-${only}`;
      await hello(worker, id, { labels: [label] });
      const run = await register(user, { requires: [label], ...more });
      const lease = await claim(worker, id, [label]);
      expect(lease?.run).toBe(run.id);
      return { run, lease: lease!, id, label };
    }
    const log = (lease: LeaseBody, firstSeq: number, lastSeq: number, points: [number, number | string][], more = {}) =>
      worker.send<{ ackedSeq: number; cancel: boolean }>('POST', `/leases/${lease.run}/log`, {
        ...held(lease),
        firstSeq,
        lastSeq,
        series: [series('loss', points)],
        ...more,
      });
    const get = (id: string) => user.ok<RunBody>('GET', `/runs/${id}`);
    async function blob(text: string): Promise<{ digest: string; size: number }> {
      const bytes = new TextEncoder().encode(text);
      const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
      const digest = [...hash].map((byte) => byte.toString(16).padStart(2, '0')).join('');
      const token = await server.token('write');
      const response = await server.fetch(`/api/v1/blobs/${digest}`, {
        method: 'PUT',
        headers: { authorization: `Bearer ${token}` },
        body: bytes,
      });
      expect(response.status).toBe(201);
      return { digest, size: bytes.length };
    }
    const checkpoint = (lease: LeaseBody, step: number, stored: { digest: string; size: number }, more = {}) =>
      worker.send('POST', `/leases/${lease.run}/checkpoint`, {
        ...held(lease),
        throughSeq: 0,
        step,
        epoch: 1,
        kept: ['latest'],
        ...stored,
        ...more,
      });

    test('a claim takes the run, and the run says who has it', async () => {
      const { run, lease, id } = await leased();
      expect(lease).toMatchObject({ attempt: 1, resume: null, leaseSeconds: 90, nextSeconds: 30 });
      expect(lease.config).toMatchObject({ epochs: 3, loss: 'binary_crossentropy' });
      const now = await get(run.id);
      expect(now).toMatchObject({ status: 'running', attempt: 1, worker: { id, name: id } });
      expect(now.startedAt).toBe(server.now());
    });

    test('the same claimId answers the same lease and takes no second run', async () => {
      const label = `only=${++only}`;
      await hello(worker, `twice-${only}`, { labels: [label] });
      await register(user, { requires: [label] });
      await register(user, { requires: [label] });
      const body = { claimId: `same-${only}-claim`, worker: `twice-${only}`, labels: [label] };
      const first = await worker.ok<{ lease: LeaseBody }>('POST', '/claims', body);
      const second = await worker.ok<{ lease: LeaseBody }>('POST', '/claims', body);
      expect(second.lease).toEqual(first.lease);
      const queue = await user.ok<{ runs: RunBody[] }>('GET', '/queue');
      expect(queue.runs.filter((run) => (run.requires as string[]).includes(label))).toHaveLength(1);
    });

    test('runs go by priority, then time; and only to a worker with every required label', async () => {
      const label = `only=${++only}`;
      const id = `order-${only}`;
      await hello(worker, id, { labels: [label, 'gpu'] });
      const low = await register(user, { requires: [label] });
      await server.advance(5);
      const late = await register(user, { requires: [label] });
      const high = await register(user, { requires: [label, 'gpu'], priority: 5 });
      expect(await claim(worker, id, ['gpu'])).toBeNull();
      const order = [];
      for (let i = 0; i < 3; i++) order.push((await claim(worker, id, [label, 'gpu']))?.run);
      expect(order).toEqual([high.id, low.id, late.id]);
      expect(await claim(worker, id, [label, 'gpu'])).toBeNull();
    });

    test('many workers that claim at once never share a run', async () => {
      const label = `only=${++only}`;
      const runs = await Promise.all(Array.from({ length: 6 }, () => register(user, { requires: [label] })));
      const ids = Array.from({ length: 10 }, (_, i) => `crowd-${only}-${i}`);
      await Promise.all(ids.map((id) => hello(worker, id, { labels: [label] })));
      const leases = await Promise.all(ids.map((id) => claim(worker, id, [label])));
      const taken = leases.flatMap((lease) => lease?.run ?? []);
      expect(taken.toSorted()).toEqual(runs.map((run) => run.id).toSorted());
    });

    test('a worker that never said hello is told so', async () => {
      const error = await worker.fails('POST', '/claims', { claimId: 'nobody-12345', worker: 'nobody' });
      expect(error).toMatchObject({ status: 404, code: 'not_found' });
      expect(error.message).toContain('hello');
    });

    test('a log call appends in order, once, and extends the lease', async () => {
      const { run, lease } = await leased();
      await server.advance(80_000);
      expect(
        (
          await log(lease, 1, 2, [
            [1, 0.5],
            [2, 0.25],
          ])
        ).body,
      ).toMatchObject({ ackedSeq: 2, cancel: false });
      expect(
        (
          await log(lease, 1, 2, [
            [1, 0.5],
            [2, 0.25],
          ])
        ).body,
      ).toMatchObject({ ackedSeq: 2 });
      await server.advance(80_000);
      await server.tick();
      expect((await log(lease, 3, 3, [[3, 0.125]])).status).toBe(200);
      expect((await get(run.id)).metrics.loss).toMatchObject({ count: 3, last: 0.125, min: 0.125, max: 0.5 });
    });

    test('a gap is a conflict that says what was acknowledged; an overlap changes nothing and says the same', async () => {
      const { run, lease } = await leased();
      await log(lease, 1, 3, [[1, 1]]);
      const gap = await log(lease, 5, 6, [[5, 5]]);
      expect(gap.status).toBe(409);
      expect(gap.body).toMatchObject({ error: { code: 'conflict', details: [{ path: ['firstSeq'], value: 3 }] } });
      const overlap = await log(lease, 2, 5, [[2, 2]]);
      expect(overlap).toMatchObject({ status: 200, body: { ackedSeq: 3 } });
      expect((await get(run.id)).metrics.loss!.count).toBe(1);
    });

    test('a log call writes one row, a heartbeat one, a repeated batch and a stale one none', async () => {
      const { lease } = await leased();
      await log(lease, 1, 1, [[1, 1]]);
      expect(await server.rowsWritten(() => log(lease, 2, 2, [[2, 2]]))).toBe(1);
      expect(await server.rowsWritten(() => log(lease, 2, 2, [[2, 2]]))).toBe(0);
      expect(await server.rowsWritten(() => log({ ...lease, token: 'other' }, 3, 3, [[3, 3]]))).toBe(0);
      const beat = () => worker.ok('POST', `/leases/${lease.run}/heartbeat`, held(lease));
      expect(await server.rowsWritten(beat)).toBe(1);
    });

    test('another token or attempt is stale for every call', async () => {
      const { lease } = await leased();
      const stored = await blob('never recorded');
      for (const wrong of [
        { ...lease, token: 'wrong' },
        { ...lease, attempt: 2 },
      ]) {
        const calls: [string, object][] = [
          ['heartbeat', {}],
          ['log', { firstSeq: 1, lastSeq: 1 }],
          ['checkpoint', { throughSeq: 0, step: 1, epoch: 1, kept: ['latest'], ...stored }],
          ['finish', { finalSeq: 0, outcome: 'finished' }],
          ['release', {}],
        ];
        for (const [call, body] of calls) {
          const error = await worker.fails('POST', `/leases/${lease.run}/${call}`, { ...held(wrong), ...body });
          expect(error, call).toMatchObject({ status: 409, code: 'stale_attempt' });
        }
      }
      const run = await get(lease.run);
      expect(run).toMatchObject({ status: 'running', checkpoints: [] });
    });

    test('a checkpoint waits for its metrics and for its blob', async () => {
      const { run, lease } = await leased();
      const stored = await blob('weights');
      const early = await checkpoint(lease, 10, stored, { throughSeq: 1 });
      expect(early).toMatchObject({
        status: 409,
        body: { error: { code: 'metrics_pending', details: [{ value: 0 }] } },
      });
      await log(lease, 1, 1, [[10, 1]]);
      const missing = await checkpoint(lease, 10, { digest: unknownDigest, size: 1 }, { throughSeq: 1 });
      expect(missing).toMatchObject({ status: 404, body: { error: { code: 'not_found' } } });
      const done = await checkpoint(lease, 10, stored, {
        throughSeq: 1,
        kept: ['best', 'latest'],
        metrics: { val_loss: 0.5 },
      });
      expect(done.status).toBe(200);
      expect((await checkpoint(lease, 10, stored, { throughSeq: 1, kept: ['best', 'latest'] })).status).toBe(200);
      expect((await get(run.id)).checkpoints).toMatchObject([
        { step: 10, digest: stored.digest, kept: ['best', 'latest'], metrics: { val_loss: 0.5 } },
      ]);
    });

    test('the best and the two newest checkpoints are kept', async () => {
      const { run, lease } = await leased();
      for (let step = 1; step <= 4; step++) {
        await checkpoint(lease, step, await blob(`weights ${step}`), {
          kept: step === 1 ? ['best', 'latest'] : ['latest'],
        });
      }
      expect(
        ((await get(run.id)).checkpoints as { step: number; kept: string[] }[]).map(({ step, kept }) => [step, kept]),
      ).toEqual([
        [4, ['latest']],
        [3, []],
        [1, ['best']],
      ]);
      await checkpoint(lease, 5, await blob('weights 5'), { kept: ['best'] });
      expect(
        ((await get(run.id)).checkpoints as { step: number; kept: string[] }[]).map(({ step, kept }) => [step, kept]),
      ).toEqual([
        [5, ['best']],
        [4, ['latest']],
      ]);
    });

    test('a lease that ran out is reaped: the run is queued again, and its next attempt goes on from the checkpoint', async () => {
      const { run, lease, id, label } = await leased();
      await log(lease, 1, 1, [
        [1, 4],
        [2, 3],
      ]);
      await checkpoint(lease, 2, await blob('at two'), { throughSeq: 1 });
      await log(lease, 2, 2, [
        [3, 1],
        [4, 9],
      ]);
      await server.advance(91_000);
      await server.tick();
      const queued = await get(run.id);
      expect(queued).toMatchObject({ status: 'queued', worker: null });
      expect(queued.metrics.loss).toMatchObject({ count: 2, last: 3, min: 3, max: 4 });
      expect(await worker.fails('POST', `/leases/${run.id}/heartbeat`, held(lease))).toMatchObject({
        code: 'stale_attempt',
      });
      const next = await claim(worker, id, [label]);
      expect(next).toMatchObject({ run: run.id, attempt: 2, resume: { step: 2, checkpoints: [{ step: 2 }] } });
      await log(next!, 1, 1, [[3, 2]]);
      const now = await get(run.id);
      expect(now.metrics.loss).toMatchObject({ count: 3, last: 2, min: 2, max: 4 });
      expect(now.attempts).toMatchObject([{ outcome: 'lost' }, { outcome: null, resumeStep: 2 }]);
      const { series: read } = await user.ok<{ series: { step: number[]; value: number[] }[] }>(
        'GET',
        `/metrics?runs=${run.id}&keys=loss`,
      );
      expect(read).toMatchObject([{ step: [1, 2, 3], value: [4, 3, 2] }]);
    });

    test('an expired lease that nobody took stays valid', async () => {
      const { lease } = await leased();
      await server.advance(1_000_000);
      expect((await log(lease, 1, 1, [[1, 1]])).status).toBe(200);
    });

    test('without a checkpoint nothing of a lost attempt is shown', async () => {
      const { run, lease, id, label } = await leased();
      await log(lease, 1, 1, [
        [0, 4],
        [1, 3],
      ]);
      await server.advance(91_000);
      const next = await claim(worker, id, [label]);
      expect(next).toMatchObject({ attempt: 2, resume: null });
      expect((await get(run.id)).metrics).toEqual({});
    });

    test('a run that is lost too often fails, and says why', async () => {
      const { run, id, label } = await leased();
      for (let i = 0; i < 10; i++) {
        await server.advance(91_000);
        expect((await claim(worker, id, [label]))?.attempt).toBe(i + 2);
      }
      await server.advance(91_000);
      expect(await claim(worker, id, [label])).toBeNull();
      expect(await get(run.id)).toMatchObject({ status: 'failed', error: { code: 'lost' } });
    });

    test('a finish waits for its metrics, ends the run once, and the same again is success', async () => {
      const { run, lease } = await leased();
      const finish = (outcome: string, finalSeq = 1) =>
        worker.send('POST', `/leases/${run.id}/finish`, { ...held(lease), finalSeq, outcome });
      expect(await finish('finished')).toMatchObject({ status: 409, body: { error: { code: 'metrics_pending' } } });
      await log(
        lease,
        1,
        1,
        [
          [1, 'NaN'],
          [2, 0.5],
        ],
        { progress: { epoch: 3, epochs: 3, step: 9, steps: 9, phase: 'done' } },
      );
      expect(await finish('finished')).toMatchObject({ status: 200, body: { status: 'finished' } });
      expect(await finish('finished')).toMatchObject({ status: 200, body: { status: 'finished' } });
      expect(await finish('failed')).toMatchObject({ status: 409, body: { error: { code: 'stale_attempt' } } });
      expect((await log(lease, 2, 2, [[3, 3]])).status).toBe(409);
      const ended = await get(run.id);
      expect(ended).toMatchObject({ status: 'finished', endedAt: server.now(), progress: { phase: 'done' } });
      expect(ended.metrics.loss).toMatchObject({ count: 2, last: 0.5, min: 0.5 });
      expect((ended.events as { type: string }[]).map((event) => event.type)).toEqual([
        'queued',
        'claimed',
        'finished',
      ]);
    });

    test('a failure with retries left is queued again; the last one is final', async () => {
      const { run, lease, id, label } = await leased({ config: config({ max_retries: 1 }) });
      const error = { code: 'exception', message: 'it broke' };
      const fail = (held_: LeaseBody) =>
        worker.ok('POST', `/leases/${run.id}/finish`, { ...held(held_), finalSeq: 0, outcome: 'failed', error });
      expect(await fail(lease)).toEqual({ status: 'queued' });
      expect(await fail(lease)).toEqual({ status: 'queued' });
      const next = await claim(worker, id, [label]);
      expect(await fail(next!)).toEqual({ status: 'failed' });
      expect(await get(run.id)).toMatchObject({
        status: 'failed',
        error,
        attempts: [{ outcome: 'retried' }, { outcome: 'failed' }],
      });
    });

    test('a release queues at once and costs nothing', async () => {
      const { run, lease, id, label } = await leased();
      expect(await worker.ok('POST', `/leases/${run.id}/release`, held(lease))).toEqual({ status: 'queued' });
      expect(await worker.ok('POST', `/leases/${run.id}/release`, held(lease))).toEqual({ status: 'queued' });
      expect(await claim(worker, id, [label])).toMatchObject({ run: run.id, attempt: 2 });
    });

    test('a cancel asks; the worker’s answer or its silence settles it; a finish that arrives first wins', async () => {
      const asked = await leased();
      expect(await user.ok('POST', `/runs/${asked.run.id}/cancel`)).toMatchObject({ status: 'cancelling' });
      expect(await user.ok('POST', `/runs/${asked.run.id}/cancel`)).toMatchObject({ status: 'cancelling' });
      expect((await log(asked.lease, 1, 1, [[1, 1]])).body).toMatchObject({ cancel: true });
      await worker.ok('POST', `/leases/${asked.run.id}/finish`, {
        ...held(asked.lease),
        finalSeq: 1,
        outcome: 'cancelled',
      });
      expect(await get(asked.run.id)).toMatchObject({ status: 'cancelled' });

      const silent = await leased();
      await user.ok('POST', `/runs/${silent.run.id}/cancel`);
      await server.advance(91_000);
      await server.tick();
      expect(await get(silent.run.id)).toMatchObject({ status: 'cancelled' });

      const late = await leased();
      await user.ok('POST', `/runs/${late.run.id}/cancel`);
      const done = await worker.ok('POST', `/leases/${late.run.id}/finish`, {
        ...held(late.lease),
        finalSeq: 0,
        outcome: 'finished',
      });
      expect(done).toEqual({ status: 'finished' });
      expect(await user.fails('POST', `/runs/${late.run.id}/cancel`)).toMatchObject({ status: 409, code: 'conflict' });

      const failing = await leased({ config: config({ max_retries: 3 }) });
      await user.ok('POST', `/runs/${failing.run.id}/cancel`);
      const failed = await worker.ok('POST', `/leases/${failing.run.id}/finish`, {
        ...held(failing.lease),
        finalSeq: 0,
        outcome: 'failed',
      });
      expect(failed).toEqual({ status: 'cancelled' });
    });

    test('a draining worker is told, and takes nothing new', async () => {
      const { lease, id, label } = await leased();
      await user.ok('POST', `/workers/${id}/drain`, { drain: true });
      expect((await log(lease, 1, 1, [[1, 1]])).body).toMatchObject({ drain: true });
      await register(user, { requires: [label] });
      expect(await claim(worker, id, [label])).toBeNull();
      await user.ok('POST', `/workers/${id}/drain`, { drain: false });
      expect(await claim(worker, id, [label])).not.toBeNull();
    });

    test('the best of a run is told by what its config monitors, live and ended', async () => {
      const { run, lease } = await leased();
      const best = { key: 'val_loss', mode: 'min', value: 0.25, step: 2 };
      await worker.ok('POST', `/leases/${run.id}/log`, {
        ...held(lease),
        firstSeq: 1,
        lastSeq: 1,
        series: [
          series('val_loss', [
            [1, 0.5],
            [2, 0.25],
            [3, 0.75],
          ]),
        ],
      });
      expect((await get(run.id)).best).toEqual(best);
      await worker.ok('POST', `/leases/${run.id}/finish`, { ...held(lease), finalSeq: 1, outcome: 'finished' });
      expect((await get(run.id)).best).toEqual(best);
      expect(await user.ok('GET', `/experiments/${run.experimentId}`)).toMatchObject({
        best: { run: run.id, value: 0.25, step: 2 },
      });
    });

    test('console lines come back in order, and once', async () => {
      const { run, lease } = await leased();
      const lines = [
        { at: 1, level: 'info', text: 'one' },
        { at: 2, level: 'error', text: 'two' },
      ];
      for (let i = 0; i < 2; i++) await log(lease, 1, 1, [], { lines });
      await log(lease, 2, 2, [], { lines: [{ at: 3, text: 'three' }] });
      const all = await user.ok<{ lines: { id: number; text: string }[]; next: number }>(
        'GET',
        `/runs/${run.id}/lines`,
      );
      expect(all.lines.map(({ id, text }) => [id, text])).toEqual([
        [1, 'one'],
        [2, 'two'],
        [3, 'three'],
      ]);
      const rest = await user.ok<{ lines: { id: number }[]; next: number }>(
        'GET',
        `/runs/${run.id}/lines?after=1&limit=1`,
      );
      expect(rest).toMatchObject({ lines: [{ id: 2, attempt: 1, level: 'error' }], next: 2 });
    });

    test('very many lines in one call are kept, in rows that a database takes', async () => {
      const { run, lease } = await leased();
      const lines = Array.from({ length: 400 }, (_, i) => ({ at: i, text: `${i} ${'☃'.repeat(4000)}` }));
      await log(lease, 1, 1, [], { lines });
      await log(lease, 2, 2, [], { lines: [{ at: 1, text: 'after' }] });
      const all = await user.ok<{ lines: { id: number; text: string }[] }>('GET', `/runs/${run.id}/lines`);
      expect(all.lines.map(({ id }) => id)).toEqual(Array.from({ length: 401 }, (_, i) => i + 1));
      expect(all.lines[399]!.text).toBe(lines[399]!.text);
    });

    test('the device that an attempt trains on is written once', async () => {
      const { run, lease } = await leased();
      await log(lease, 1, 1, [[1, 1]], { device: 'NVIDIA H100' });
      expect(await server.rowsWritten(() => log(lease, 2, 2, [[2, 2]], { device: 'NVIDIA H100' }))).toBe(1);
      expect(await get(run.id)).toMatchObject({ attempts: [{ device: 'NVIDIA H100' }] });
    });

    test('what a worker may not: a reader’s token claims nothing, a worker’s registers nothing', async () => {
      const reader = await Caller.of(server, 'read');
      expect(await reader.fails('POST', '/claims', { claimId: 'reader-1234', worker: 'w' })).toMatchObject({
        status: 403,
        code: 'forbidden',
      });
      expect(await worker.fails('POST', '/runs', { experiment: freshName(), config: config() })).toMatchObject({
        status: 403,
      });
      expect(await user.fails('POST', '/claims', { claimId: 'writer-1234', worker: 'w' })).toMatchObject({
        status: 403,
      });
    });
  });
}
