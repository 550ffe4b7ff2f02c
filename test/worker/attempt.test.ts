import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createClient } from '@tidemark/client';
import { Attempt } from '@tidemark/worker/attempt';
import { Lease } from '@tidemark/worker/lease';
import type { WorkerEvent } from '@tidemark/worker/main';
import type { Assignment, FromTrainer } from '@tidemark/worker/messages';
import { Spool } from '@tidemark/worker/spool';
import type { TrainerProcess } from '@tidemark/worker/trainer-process';
import { expect, test } from 'vitest';

test('a disk that refuses the spool fails the run with the reason, and not the worker', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-attempt-'));
  const name = { run: '0'.repeat(32), experiment: 'e', ordinal: 1, name: 'n', attempt: 1 };
  const spool = Spool.create(join(folder, 'spool'), { type: 'open', token: 't', ...name });
  const calls: { path: string; body: unknown }[] = [];
  const answer = async (input: Parameters<typeof fetch>[0], init?: RequestInit) => {
    calls.push({ path: new URL(String(input)).pathname, body: JSON.parse(String(init?.body)) });
    return Response.json({ status: 'failed' });
  };
  const events: WorkerEvent[] = [];
  const attempt = new Attempt({
    client: createClient({ url: 'http://server.test', fetch: answer as typeof fetch }),
    clock: {
      now: () => 0,
      monotonic: () => 0,
      random: () => 0.5,
      sleep: (ms, signal) => delay(ms, undefined, { signal }),
    },
    report: (event) => events.push(event),
    lease: new Lease(0, { leaseSeconds: 60, nextSeconds: 30 }),
    spool,
    name,
    deaths: { count: 0 },
    progressTimeoutMs: 60_000,
    environment: Promise.resolve(null),
    machine: null,
    stopTimeoutMs: 60_000,
  });
  let killed = false;
  // The part of a trainer's process that an attempt sees; it says only what this test makes it say.
  const trainer = {
    pid: 1,
    errorOutput: '',
    exited: Promise.resolve({ code: 0, signal: null }),
    onMessage: (_: FromTrainer) => {},
    onExit: () => {},
    send: () => {},
    look: () => {},
    kill: () => {
      killed = true;
    },
  };
  const outcome = attempt.run(
    trainer as unknown as TrainerProcess,
    {
      run: { resume: null } as Assignment['run'],
      folders: { outbox: folder, checkpoints: folder, cache: folder },
    } as Assignment,
  );
  spool.close(); // every later write is refused, as on a full disk
  trainer.onMessage({
    type: 'checkpoint',
    file: 'c',
    digest: 'd'.repeat(64),
    size: 1,
    step: 1,
    epoch: 1,
    kept: ['latest'],
    metrics: {},
  });
  expect(await outcome).toBe('failed');
  expect(killed).toBe(true);
  expect(calls).toHaveLength(1);
  expect(calls[0]).toMatchObject({
    path: `/api/v1/leases/${name.run}/finish`,
    body: { outcome: 'failed', finalSeq: 0, error: { code: 'worker_failed' } },
  });
  expect(events.at(-1)).toMatchObject({ type: 'ended', outcome: 'failed' });
  rmSync(folder, { recursive: true, force: true });
});
