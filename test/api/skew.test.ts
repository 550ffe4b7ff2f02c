import { createApp } from '@tidemark/api/app';
import { routes } from '@tidemark/api/contract/index';
import { PROTOCOL, PROTOCOL_HEADER } from '@tidemark/api/contract/protocol';
import { createToken } from '@tidemark/api/tokens/create';
import { createClient } from '@tidemark/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type OpenDeps, openDeps } from '../support/open-libsql.ts';

let open: OpenDeps;
let token: string;
let app: ReturnType<typeof createApp>;
beforeAll(async () => {
  open = await openDeps({}, ':memory:');
  app = createApp(open.deps);
  token = (await createToken(open.deps, { name: 'test', scope: 'admin' })).secret;
});
afterAll(() => open.close());

const post = (path: string, body: unknown, protocol: number | null) =>
  app.request(`/api/v1${path}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      ...(protocol === null ? {} : { [PROTOCOL_HEADER]: String(protocol) }),
    },
    body: JSON.stringify(body),
  });

describe('a newer client and this server', () => {
  const body = { experiment: 'skew', params: { a: 1 }, colour: 'red' };
  test('fields that it does not know are passed over', async () => {
    const reply = await post('/runs', body, PROTOCOL + 1);
    expect([reply.status, reply.headers.get(PROTOCOL_HEADER)]).toEqual([201, String(PROTOCOL)]);
    const { id } = (await reply.json()) as { id: string };
    const deep = { series: [{ key: 'loss', steps: [1], times: [1], values: [0.5], unit: 'nats' }], moon: { phase: 1 } };
    expect((await post(`/runs/${id}/log`, deep, PROTOCOL + 1)).status).toBe(200);
  });
  test('what is wrong stays wrong, and among equals and older ones a misspelt field is told', async () => {
    expect((await post('/runs', { ...body, params: 7 }, PROTOCOL + 1)).status).toBe(400);
    for (const protocol of [PROTOCOL, 1, null]) expect((await post('/runs', body, protocol)).status).toBe(400);
  });
});

describe('an older client and a newer server', () => {
  const client = (protocol: number, change: (reply: Record<string, unknown>) => unknown) =>
    createClient({
      url: 'http://tidemark.test',
      token,
      fetch: async (input, init) => {
        const response = await app.request(String(input), init);
        const headers = { [PROTOCOL_HEADER]: String(protocol) };
        return Response.json(change((await response.json()) as Record<string, unknown>), { headers });
      },
    });
  const asleep = (reply: Record<string, unknown>) => ({
    ...reply,
    status: 'hibernating',
    shade: 1,
    session: { ...(reply.session as object), moon: 1 },
  });

  test('fields and words that it does not know are let through', async () => {
    const { status, session } = await client(PROTOCOL + 1, asleep).call(routes.createRun, {
      body: { experiment: 'skew' },
    });
    expect([status, session?.attempt]).toEqual(['hibernating', 1]);
  });
  test('a reply of another shape is still refused, and so is a strange word from an equal', async () => {
    const shapeless = client(PROTOCOL + 1, (reply) => ({ ...reply, id: 7 }));
    await expect(shapeless.call(routes.createRun, { body: { experiment: 'skew' } })).rejects.toMatchObject({
      code: 'internal',
    });
    const equal = client(PROTOCOL, asleep);
    await expect(equal.call(routes.createRun, { body: { experiment: 'skew' } })).rejects.toMatchObject({
      code: 'internal',
    });
  });
});
