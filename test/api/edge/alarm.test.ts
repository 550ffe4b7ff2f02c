import { describe, expect, test } from 'vitest';
import { claim, hello, register } from '../../contract/documents.ts';
import { Caller } from '../../contract/server.ts';
import { openWorkerd } from '../../support/open-workerd.ts';
import { until } from '../../support/until.ts';

describe('the alarm of a project’s object', () => {
  test('is set by a claim, and never moved by a heartbeat: each setting is a row written', async () => {
    const server = await openWorkerd();
    const [user, worker] = [await Caller.of(server, 'write'), await Caller.of(server, 'worker')];
    await server.control('clock', { behind: 0 });
    await hello(worker, 'steady');
    const run = await register(user);
    expect(await server.control('alarm')).toEqual({ at: null });
    const lease = (await claim(worker, 'steady'))!;
    const { at } = await server.control<{ at: number | null }>('alarm');
    expect(at! - Date.now()).toBeGreaterThan(lease.leaseSeconds * 1000 - 10_000);
    await worker.ok('POST', `/leases/${run.id}/heartbeat`, { attempt: lease.attempt, token: lease.token });
    expect(await server.control('alarm')).toEqual({ at });
  });

  test('comes when it is due', async () => {
    const server = await openWorkerd();
    const [user, worker] = [await Caller.of(server, 'write'), await Caller.of(server, 'worker')];
    await server.control('clock', { behind: 89_500 });
    await hello(worker, 'silent');
    const run = await register(user);
    const lease = (await claim(worker, 'silent'))!;
    expect(lease.leaseSeconds).toBe(90);
    // By the object's clock it expires in 90 s; by the real one that the alarm obeys, in half a second.
    await server.control('clock', { behind: 0 });
    await until(
      'the run to be queued again',
      async () => (await user.ok('GET', `/runs/${run.id}`)).status === 'queued',
      10,
    );
    await until(
      'the alarm to rest',
      async () => (await server.control<{ at: number | null }>('alarm')).at === null,
      10,
    );
  });
});
