import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ServeProcess, serveProcess } from '../support/serve-process.ts';

interface Received {
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly response: ServerResponse;
}

let server: ServeProcess;
let receiver: Server;
let url = '';
const received: Received[] = [];

beforeAll(async () => {
  process.env.TIDEMARK_PRIVATE_WEBHOOKS = 'true';
  server = await serveProcess();
  receiver = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += String(chunk);
    });
    request.on('end', () => {
      // Node's headers of one value each.
      received.push({ headers: request.headers as Record<string, string>, body, response });
      // The first is never answered.
      if (received.length > 1) response.writeHead(200).end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
});
afterAll(async () => {
  delete process.env.TIDEMARK_PRIVATE_WEBHOOKS;
  receiver?.closeAllConnections();
  receiver?.close();
  await server?.close();
});

async function api<T>(method: string, path: string, body: unknown): Promise<T> {
  const response = await fetch(`${server.url}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${server.token}`, 'content-type': 'application/json' },
    ...(method === 'GET' ? {} : { body: JSON.stringify(body) }),
  });
  expect(response.ok).toBe(true);
  return (await response.json()) as T;
}

test('a server killed between a message and its delivery sends it again, with the same id', async () => {
  const { id: webhook, secret } = await api<{ id: number; secret: string }>('POST', '/webhooks', {
    name: 'receiver',
    url,
    timeoutSeconds: 1,
  });
  await api('POST', '/alerts', { name: 'diverged', rule: { kind: 'nan' }, webhook });
  const { id: run } = await api<{ id: string }>('POST', '/runs', { experiment: 'killed' });
  const series = [{ key: 'loss', steps: [1], times: [1], values: ['NaN'] }];
  await api('POST', `/runs/${run}/log`, { series });
  await expect.poll(() => received.length, { timeout: 20_000, interval: 20 }).toBe(1);
  await server.kill();
  await server.restart();
  await expect.poll(() => received.length, { timeout: 60_000, interval: 50 }).toBe(2);
  const [first, second] = received;
  expect(second!.headers['webhook-id']).toBe(first!.headers['webhook-id']);
  expect(second!.body).toBe(first!.body);
  // The specification's own library, with the real clock.
  for (const { headers, body } of received) {
    expect(new Webhook(secret).verify(body, headers)).toMatchObject({ type: 'alert.nan', data: { run: { id: run } } });
  }
  const stranger = new Webhook(`whsec_${Buffer.alloc(32, 1).toString('base64')}`);
  expect(() => stranger.verify(second!.body, second!.headers)).toThrow('No matching signature found');
  await expect
    .poll(
      async () => {
        const { deliveries } = await api<{ deliveries: { state: string; attempts: unknown[] }[] }>(
          'GET',
          '/deliveries',
          null,
        );
        return deliveries.map(({ state, attempts }) => [state, attempts.length]);
      },
      { timeout: 10_000 },
    )
    .toEqual([['delivered', 1]]);
  // A log call that is made again fires nothing again.
  await api('POST', `/runs/${run}/log`, { series });
  const { deliveries } = await api<{ deliveries: unknown[] }>('GET', '/deliveries', null);
  expect(deliveries).toHaveLength(1);
});
