import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@tidemark/client';
import { digestOf } from '@tidemark/worker/checkpoint';
import type { Clock } from '@tidemark/worker/clock';
import { Abandoned, Delivery } from '@tidemark/worker/delivery';
import { Lease } from '@tidemark/worker/lease';
import { Outbox } from '@tidemark/worker/outbox';
import { Spool } from '@tidemark/worker/spool';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { until } from '../support/until.ts';

type Call = { path: string; body: Record<string, unknown> };
type Answer = { status: number; body: unknown } | 'network';

const live = (ackedSeq: number) => ({
  status: 200,
  body: { ackedSeq, cancel: false, prune: false, drain: false, leaseSeconds: 60, nextSeconds: 30 },
});
const refusal = (status: number, code: string): Answer => ({
  status,
  body: { error: { code, message: code, requestId: 'r' } },
});

let folder = '';
let spool: Spool;
let outbox: Outbox;
let now = 0;
let sleeps: number[] = [];
/** What the far side has, and a queue of answers that come before it thinks for itself. */
let acked = 0;
let calls: Call[] = [];
let scripted: Answer[] = [];
/** Keeps a log call's answer back. */
let held: Promise<void> | null = null;
let delivery: Delivery | null = null;
const away: boolean[] = [];

/** A clock whose pauses of back-off are over at once, and whose pauses between calls (30 s) never. */
const clock: Clock = {
  now: () => 0,
  monotonic: () => now,
  random: () => 0.5,
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (ms > 20_000) {
        signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
        return;
      }
      sleeps.push(ms);
      now += ms;
      setImmediate(resolve);
    }),
};

const answer = async (input: Parameters<typeof fetch>[0], init?: RequestInit): Promise<Response> => {
  const path = new URL(String(input)).pathname.replace('/api/v1', '');
  const body = typeof init?.body === 'string' ? (JSON.parse(init.body) as Record<string, unknown>) : {};
  calls.push({ path, body });
  if (path.endsWith('/log')) await held;
  const next = scripted.shift() ?? think(path, body);
  if (next === 'network') throw new TypeError('fetch failed');
  return Response.json(next.body, { status: next.status });
};

function think(path: string, body: Record<string, unknown>): Answer {
  if (path.startsWith('/blobs/')) return { status: 201, body: { digest: path.slice(7), size: 1 } };
  if (path.endsWith('/log')) {
    if (Number(body.firstSeq) > acked + 1) return refusal(409, 'conflict');
    acked = Math.max(acked, Number(body.lastSeq));
  }
  if (path.endsWith('/checkpoint') && acked < Number(body.throughSeq)) return refusal(409, 'metrics_pending');
  if (path.endsWith('/finish')) return { status: 200, body: { status: 'finished' } };
  return live(acked);
}

/** Sends what there is. */
function send(): Delivery {
  start().hurry();
  return delivery!;
}

function start(): Delivery {
  delivery = new Delivery({
    client: createClient({ url: 'http://server.test', fetch: answer as typeof fetch }),
    clock,
    spool,
    outbox,
    lease: new Lease(0, { leaseSeconds: 60, nextSeconds: 30 }),
    onReply: () => {},
    onAway: (value) => away.push(value),
  });
  return delivery;
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidemark-delivery-'));
  spool = Spool.create(join(folder, 'spool'), {
    type: 'open',
    run: '0'.repeat(32),
    attempt: 2,
    token: 't',
    experiment: 'e',
    ordinal: 1,
    name: 'n',
  });
  outbox = new Outbox(spool, () => now);
  now = 0;
  acked = 0;
  sleeps = [];
  calls = [];
  scripted = [];
  held = null;
  away.length = 0;
});
afterEach(() => {
  delivery?.close();
  spool.close();
  rmSync(folder, { recursive: true, force: true });
});

const paths = () => calls.map(({ path }) => path.split('/').at(-1));
const log = (step: number) => outbox.points(step, 1, { loss: step });

describe('Delivery', () => {
  test('sends what was gathered as one batch, in order, and drops it once acknowledged', async () => {
    for (let step = 1; step <= 3; step++) log(step);
    outbox.flush();
    log(4);
    await start().drained();
    expect(calls).toHaveLength(1);
    expect(calls[0]!.body).toMatchObject({ attempt: 2, token: 't', firstSeq: 1, lastSeq: 2 });
    expect(calls[0]!.body.series).toEqual([
      { key: 'loss', steps: [1, 2, 3, 4], times: [1, 1, 1, 1], values: [1, 2, 3, 4] },
    ]);
    expect(spool.logs()).toEqual([]);
  });

  test('repeats the same batch through a dead network, 429 and 503, with jitter that is capped', async () => {
    scripted = [
      'network',
      refusal(429, 'rate_limited'),
      ...Array.from({ length: 12 }, () => refusal(503, 'unavailable')),
    ];
    log(1);
    await start().drained();
    expect(calls).toHaveLength(15);
    expect(new Set(calls.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    expect(sleeps.slice(0, 4)).toEqual([250, 500, 1000, 2000]);
    expect(Math.max(...sleeps)).toBe(15_000); // half of the cap: the generator says 0.5
    expect(away).toEqual([true, false]);
  });

  test('a stale attempt ends it at once, and nothing more is sent', async () => {
    scripted = [refusal(409, 'stale_attempt')];
    log(1);
    const failed = send().failed;
    await expect(failed).rejects.toMatchObject({ name: 'Abandoned', kind: 'stale' });
    log(2);
    delivery!.hurry();
    await new Promise(setImmediate);
    expect(calls).toHaveLength(1);
  });

  test('another refusal ends it too, with the server’s words', async () => {
    scripted = [refusal(413, 'too_large')];
    log(1);
    const error: unknown = await send().failed.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Abandoned);
    expect(error).toMatchObject({ kind: 'refused', message: 'too_large' });
  });

  test('a batch whose answer was lost is not sent twice after a restart', async () => {
    log(1);
    outbox.flush();
    log(2);
    outbox.flush();
    acked = 1; // the server has the first, and nobody here knows
    scripted = [refusal(409, 'conflict')];
    await start().drained();
    expect(paths()).toEqual(['log', 'heartbeat', 'log']);
    expect(calls[2]!.body).toMatchObject({ firstSeq: 2, lastSeq: 2 });
  });

  test('a server that lost what it had acknowledged is told apart from one that is behind', async () => {
    log(1);
    outbox.flush();
    spool.ackThrough(1);
    log(2);
    const failed = send().failed;
    await expect(failed).rejects.toMatchObject({ kind: 'refused' });
  });

  test('a checkpoint goes after every metric before it', async () => {
    const file = join(folder, 'c');
    writeFileSync(file, 'weights');
    await start().drained();
    calls = [];
    log(1);
    outbox.flush();
    spool.appendUpload({
      type: 'checkpoint',
      file,
      throughSeq: spool.lastSeq,
      step: 1,
      epoch: 1,
      digest: digestOf(Buffer.from('weights')),
      size: 7,
      kept: ['latest'],
      metrics: {},
    });
    delivery!.uploadsAdded();
    await until('the upload to be done', () => spool.uploads.length === 0);
    expect(paths().at(-1)).toBe('checkpoint');
    expect(paths().filter((path) => path === 'log' || path === 'checkpoint')).toEqual(['log', 'checkpoint']);
    expect(calls.filter(({ path }) => path.startsWith('/blobs/'))).toHaveLength(1);
  });

  test('a checkpoint waits for its metrics instead of asking too early', async () => {
    const file = join(folder, 'c');
    writeFileSync(file, 'weights');
    let answerLog = () => {};
    held = new Promise((resolve) => {
      answerLog = resolve;
    });
    log(1);
    outbox.flush();
    const digest = digestOf(Buffer.from('weights'));
    spool.appendUpload({
      type: 'checkpoint',
      file,
      throughSeq: 1,
      step: 1,
      epoch: 1,
      digest,
      size: 7,
      kept: ['latest'],
      metrics: {},
    });
    send();
    await until('the bytes to be stored', () => calls.some(({ path }) => path.startsWith('/blobs/')));
    await new Promise(setImmediate);
    expect(paths()).not.toContain('checkpoint');
    answerLog();
    await delivery!.drained();
    expect(paths().filter((path) => path === 'checkpoint')).toHaveLength(1);
  });

  test('an upload that a newer one replaces does not travel; the best one does', async () => {
    const upload = (step: number, kept: ('best' | 'latest')[]) => {
      const file = join(folder, `c${step}`);
      writeFileSync(file, `weights ${step}`);
      const digest = digestOf(Buffer.from(`weights ${step}`));
      spool.appendUpload({
        type: 'checkpoint',
        file,
        throughSeq: 0,
        step,
        epoch: 1,
        digest,
        size: 9,
        kept,
        metrics: {},
      });
    };
    upload(1, ['best', 'latest']);
    upload(2, ['latest']);
    upload(3, ['latest']);
    await start().drained();
    expect(calls.filter(({ path }) => path.endsWith('/checkpoint')).map(({ body }) => body.step)).toEqual([1, 3]);
    // The best and the latest stay on this machine; the one between goes.
    expect([1, 2, 3].map((step) => existsSync(join(folder, `c${step}`)))).toEqual([true, false, true]);
  });

  test('what the run’s own rules may want travels, whatever is newer', async () => {
    const upload = (step: number, kept: ('best' | 'latest' | 'policy')[]) => {
      const file = join(folder, `c${step}`);
      writeFileSync(file, `weights ${step}`);
      const digest = digestOf(Buffer.from(`weights ${step}`));
      spool.appendUpload({
        type: 'checkpoint',
        file,
        throughSeq: 0,
        step,
        epoch: 1,
        digest,
        size: 9,
        kept,
        metrics: {},
      });
    };
    upload(1, ['best', 'latest', 'policy']);
    upload(2, ['latest', 'policy']);
    upload(3, ['latest']);
    upload(4, ['latest', 'policy']);
    await start().drained();
    expect(calls.filter(({ path }) => path.endsWith('/checkpoint')).map(({ body }) => [body.step, body.kept])).toEqual([
      [1, ['best', 'latest', 'policy']],
      [2, ['latest', 'policy']],
      [4, ['latest', 'policy']],
    ]);
    // Only the best and the newest stay on this machine.
    expect([1, 2, 3, 4].map((step) => existsSync(join(folder, `c${step}`)))).toEqual([true, false, false, true]);
  });

  test('finishes with the number of the last metric', async () => {
    log(1);
    outbox.flush();
    spool.appendFinish({ outcome: 'finished' });
    await start().drained();
    expect(await delivery!.finish()).toBe('finished');
    expect(calls.at(-1)!.body).toMatchObject({ finalSeq: 1, outcome: 'finished' });
  });
});
