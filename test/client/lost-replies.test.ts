import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createExperiment } from '@tidemark/api/contract/experiments';
import { createRun, listRuns } from '@tidemark/api/contract/runs';
import { createToken, listTokens } from '@tidemark/api/contract/tokens';
import { createClient } from '@tidemark/client';
import { expect, test } from 'vitest';
import { openLibsqlServer } from '../support/open-libsql.ts';

/** A way to the server on which every other reply is lost, after the server gave it. */
async function lossy(target: (path: string, init: RequestInit) => Promise<Response>) {
  let calls = 0;
  const proxy = createServer(async (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const headers = Object.entries(incoming.headers).filter(
      ([name]) => !['host', 'connection', 'content-length'].includes(name),
    );
    const response = await target(incoming.url!, {
      method: incoming.method!,
      headers: Object.fromEntries(headers) as Record<string, string>,
      ...(chunks.length > 0 ? { body: Buffer.concat(chunks) } : {}),
    });
    const body = await response.text();
    if (incoming.method === 'POST' && calls++ % 2 === 0) return incoming.socket.destroy();
    outgoing.writeHead(response.status, { 'content-type': 'application/json' });
    outgoing.end(body);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const { port } = proxy.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, close: () => proxy.close(), calls: () => calls };
}

test('a lost reply never makes anything twice', async () => {
  const server = await openLibsqlServer();
  const way = await lossy(server.fetch);
  try {
    const client = createClient({ url: way.url, token: await server.token('admin') });
    const before = (await client.call(listTokens)).tokens.length;
    for (let i = 0; i < 5; i++) await client.call(createRun, { body: { experiment: 'lossy', name: `run ${i}` } });
    await client.call(createToken, { body: { name: 'one', scope: 'read' } });
    await client.call(createExperiment, { body: { name: 'another' } });
    expect((await client.call(listRuns, { query: { count: true } })).total).toBe(5);
    expect((await client.call(listTokens)).tokens.length).toBe(before + 1);
    expect(way.calls()).toBe(14);
  } finally {
    way.close();
    await server.close();
  }
});
