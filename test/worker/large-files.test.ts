import { createHash, randomFillSync } from 'node:crypto';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@tidemark/client';
import type { Clock } from '@tidemark/worker/clock';
import { Delivery } from '@tidemark/worker/delivery';
import { Lease } from '@tidemark/worker/lease';
import { Outbox } from '@tidemark/worker/outbox';
import { Spool } from '@tidemark/worker/spool';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { claim, hello, register } from '../contract/documents.ts';
import type { FrontServer } from '../contract/front-server.ts';
import { Caller } from '../contract/server.ts';
import { openNode } from '../support/open-node.ts';

const MIB = 2 ** 20;
/** What Cloudflare takes in one request. */
const MOST = 100e6;

let server: FrontServer;
let folder: string;
beforeAll(async () => {
  server = await openNode();
  folder = mkdtempSync(join(tmpdir(), 'tidemark-large-files-'));
});
afterAll(async () => {
  await server?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Back-off is over at once; pauses between calls never are. */
const clock: Clock = {
  now: () => 0,
  monotonic: () => 0,
  random: () => 0,
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (ms < 20_000) setImmediate(resolve);
      else signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
    }),
};

interface Sent {
  readonly call: string;
  readonly bytes: number;
}

/** What an attempt of a fresh run sends to a real server, over a line that may be cut. */
async function attempt(cut: (call: string) => boolean = () => false) {
  const user = await Caller.of(server, 'write');
  const secret = await server.token('worker');
  const worker = new Caller(server, secret);
  const run = await register(user);
  await hello(worker, 'w');
  const lease = (await claim(worker, 'w'))!;
  expect(lease.run).toBe(run.id);
  const { token } = lease;
  const spool = Spool.create(join(folder, run.id), {
    type: 'open',
    run: run.id,
    attempt: lease.attempt,
    token,
    experiment: 'e',
    ordinal: 1,
    name: 'n',
  });
  const sent: Sent[] = [];
  const client = createClient({
    url: `${server.url}/p/${server.slug}`,
    token: secret,
    fetch: async (input, init) => {
      const path = new URL(String(input)).pathname.replace(/^.*?\/api\/v1/, '').replaceAll(/[0-9a-f]{32,}/g, '…');
      const call = `${init?.method} ${path}`;
      const { body } = init ?? {};
      sent.push({ call, bytes: body instanceof Uint8Array ? body.byteLength : 0 });
      if (cut(call)) throw new TypeError('fetch failed');
      return fetch(input, init);
    },
  });
  return { user, run, spool, sent, client };
}

const random = (size: number): Uint8Array => randomFillSync(new Uint8Array(size));
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

function save(bytes: Uint8Array): { file: string; digest: string; size: number } {
  const digest = sha256(bytes);
  const file = join(folder, digest);
  writeFileSync(file, bytes);
  return { file, digest, size: statSync(file).size };
}

async function deliver({ client, spool }: Pick<Awaited<ReturnType<typeof attempt>>, 'client' | 'spool'>) {
  const delivery = new Delivery({
    client,
    clock,
    spool,
    outbox: new Outbox(spool, () => 0),
    lease: new Lease(0, { leaseSeconds: 60, nextSeconds: 30 }),
    onReply: () => {},
    onAway: () => {},
  });
  await Promise.race([delivery.drained(), delivery.failed]);
  delivery.close();
  spool.close();
}

test('a large checkpoint and a large artifact go in parts; a part that is lost goes again, and no other', async () => {
  let puts = 0;
  const at = await attempt((call) => call.startsWith('PUT') && ++puts === 3);
  const checkpoint = save(random(64 * MIB + 1));
  const artifact = save(random(65 * MIB));
  const kept: ('best' | 'latest')[] = ['best', 'latest'];
  at.spool.appendUpload({ type: 'checkpoint', ...checkpoint, throughSeq: 0, step: 1, epoch: 1, kept, metrics: {} });
  const { file, digest } = artifact;
  at.spool.appendUpload({ type: 'artifact', file, digest, path: 'big.bin', contentType: 'application/octet-stream' });
  await deliver(at);

  const found = await at.user.get<{ checkpoints: { digest: string }[] }>(`/runs/${at.run.id}`);
  expect(found.body.checkpoints.map((one) => one.digest)).toEqual([checkpoint.digest]);
  const listed = await at.user.get<{ artifacts: object[] }>(`/runs/${at.run.id}/artifacts`);
  expect(listed.body.artifacts).toMatchObject([{ path: 'big.bin', digest, size: artifact.size }]);
  const moved = at.sent.filter(({ call }) => call.startsWith('PUT'));
  expect(moved.every(({ call }) => /\/parts\/\d+$/.test(call))).toBe(true);
  expect(Math.max(...moved.map(({ bytes }) => bytes))).toBeLessThan(MOST);
  expect(moved.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(checkpoint.size + artifact.size + 8 * MIB);
}, 60_000);

test('bytes that are stored are named, not sent; a server that knows no parts gets the whole', async () => {
  const bytes = random(64 * MIB + 7);
  const one = await attempt();
  const upload = { type: 'checkpoint', throughSeq: 0, epoch: 1, metrics: {} } as const;
  one.spool.appendUpload({ ...upload, ...save(bytes), step: 1, kept: ['latest'] });
  // An older server answers so.
  const fetchOld: typeof fetch = async (input, init) => {
    if (!/\/parts$/.test(String(input))) return fetch(input, init);
    return Response.json({ error: { code: 'not_found', message: 'No such route.', requestId: 'r' } }, { status: 404 });
  };
  const older = createClient({
    url: `${server.url}/p/${server.slug}`,
    token: await server.token('worker'),
    fetch: fetchOld,
  });
  await deliver({ ...one, client: older });
  expect((await one.user.get<{ checkpoints: object[] }>(`/runs/${one.run.id}`)).body.checkpoints).toHaveLength(1);

  const two = await attempt();
  two.spool.appendUpload({ ...upload, ...save(bytes), step: 1, kept: ['latest'] });
  await deliver(two);
  expect(two.sent.filter(({ call }) => call.startsWith('PUT'))).toEqual([]);
  expect((await two.user.get<{ checkpoints: object[] }>(`/runs/${two.run.id}`)).body.checkpoints).toHaveLength(1);
}, 60_000);
