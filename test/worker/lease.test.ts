import { ApiError, NetworkError } from '@tidemark/client';
import { Lease } from '@tidemark/worker/lease';
import { Gate } from '@tidemark/worker/train/gate';
import { verdict } from '@tidemark/worker/verdict';
import { describe, expect, test } from 'vitest';

describe('Lease', () => {
  test('counts from before the request was sent', () => {
    const lease = new Lease(1000, { leaseSeconds: 60, nextSeconds: 5 });
    expect(lease.deadline).toBe(61_000);
    expect(lease.intervalMs).toBe(5000);
    lease.renew(20_000, { leaseSeconds: 90, nextSeconds: 30 });
    expect(lease.deadline).toBe(110_000);
    expect(lease.intervalMs).toBe(30_000);
  });

  test('a reply that was overtaken takes nothing back', () => {
    const lease = new Lease(0, { leaseSeconds: 60, nextSeconds: 5 });
    lease.renew(50_000, { leaseSeconds: 60, nextSeconds: 5 });
    lease.renew(10_000, { leaseSeconds: 60, nextSeconds: 5 });
    expect(lease.deadline).toBe(110_000);
  });

  test('a server that says 0 does not make a busy loop', () => {
    expect(new Lease(0, { leaseSeconds: 60, nextSeconds: 0 }).intervalMs).toBeGreaterThanOrEqual(100);
  });
});

describe('Gate', () => {
  test('opens before the deadline, and waits from it on until the lease is renewed', async () => {
    let now = 99;
    let waits = 0;
    const gate = new Gate(
      100,
      () => now,
      () => waits++,
    );
    expect(await gate.pass()).toBeNull();
    now = 100;
    let passed = false;
    const pending = gate.pass().then((stop) => {
      passed = true;
      return stop;
    });
    gate.renew(100); // renewed, but not beyond now
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    expect([passed, waits]).toEqual([false, 1]);
    gate.renew(101);
    expect(await pending).toBeNull();
  });

  test('a stop ends the wait, and the first reason stays', async () => {
    const gate = new Gate(0, () => 1);
    const pending = gate.pass();
    gate.stop('drain');
    gate.stop('cancel');
    expect(await pending).toBe('drain');
    expect(await gate.pass()).toBe('drain');
  });
});

describe('verdict', () => {
  const api = (code: ConstructorParameters<typeof ApiError>[0]['code'], status: number) =>
    verdict(new ApiError({ code, status, message: 'm' }));

  test.each([
    ['rate_limited', 429, 'retry'],
    ['unavailable', 503, 'retry'],
    ['internal', 500, 'retry'],
    ['stale_attempt', 409, 'stale'],
    ['metrics_pending', 409, 'pending'],
    ['conflict', 409, 'pending'],
    ['invalid_request', 400, 'refused'],
    ['unauthorized', 401, 'refused'],
    ['not_found', 404, 'refused'],
    ['too_large', 413, 'refused'],
  ] as const)('%s (%i) is %s', (code, status, expected) => expect(api(code, status)).toBe(expected));

  test('no answer is worth another try, a mistake of our own is not', () => {
    expect(verdict(new NetworkError('http://x', 'refused'))).toBe('retry');
    expect(verdict(new TypeError('x'))).toBe('refused');
  });
});
