import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { freshName, held, hello, type RunBody, series } from './documents.ts';
import { Caller, type Json, type Open, type TestServer } from './server.ts';

export interface Received {
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}
export interface WebhookBody {
  id: number;
  secret: string;
  disabledAt: number | null;
  disabledReason: string | null;
  failingSince: number | null;
  [key: string]: unknown;
}
export interface AlertBody {
  id: number;
  fired: number;
  [key: string]: unknown;
}
export interface DeliveryBody {
  id: string;
  state: string;
  dueAt: number | null;
  type: string;
  attempts: { attempt: number; status: number | null; error: string | null; manual: boolean }[];
  [key: string]: unknown;
}
export type Script = RunBody & { session: { attempt: number; token: string } };

export const MINUTE = 60_000;
export const DAY = 86_400_000;

/** A server with callers of each scope, and a receiver of webhooks that remembers what came. */
export interface AlertBench {
  server: TestServer;
  admin: Caller;
  user: Caller;
  worker: Caller;
  /** Of the receiver. */
  url: string;
  received: Received[];
  /** What the receiver answers; before each test 204. */
  answer: { status: number; headers?: Record<string, string> };
  hook(more?: Json): Promise<WebhookBody>;
  alert(rule: Json, more?: Json): Promise<AlertBody>;
  /** Requests to `${url}?hold` that are not answered yet; each answers one. */
  held: (() => void)[];
  /** A script's run in an experiment of its own. */
  script(more?: Json): Promise<{ run: Script; experiment: number }>;
  log(run: RunBody, key: string, points: [number, number | string][]): Promise<Json>;
  finish(run: Script, outcome: string, more?: Json): Promise<Json>;
  bodies(): { type: string; data: Json & { run: Json; alert: Json } }[];
  deliveries(query: string): Promise<DeliveryBody[]>;
  later(ms: number): Promise<void>;
}

export function alertBench(open: Open): AlertBench {
  let receiver: Server;
  // The callers are there once beforeAll has run.
  const bench = { url: '', received: [], held: [], answer: { status: 204 } } as unknown as AlertBench;
  beforeAll(async () => {
    bench.server = await open();
    bench.admin = await Caller.of(bench.server, 'admin');
    bench.user = await Caller.of(bench.server, 'write');
    bench.worker = await Caller.of(bench.server, 'worker');
    await hello(bench.worker, 'w', { labels: ['alerts=yes'] });
    receiver = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += String(chunk);
      });
      request.on('end', () => {
        bench.received.push({ headers: request.headers, body });
        const answer = (): void => void response.writeHead(bench.answer.status, bench.answer.headers).end();
        if (request.url?.endsWith('?hold')) bench.held.push(answer);
        else answer();
      });
    });
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
    bench.url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
  });
  afterAll(async () => {
    receiver.closeAllConnections();
    receiver.close();
    await bench.server.close();
  });
  beforeEach(async () => {
    bench.answer = { status: 204 };
    // What the test before left to be sent.
    await bench.server.tick();
    bench.received = [];
  });

  const hook = (more: Json = {}): Promise<WebhookBody> =>
    bench.admin.ok<WebhookBody>('POST', '/webhooks', { name: freshName('hook'), url: bench.url, ...more });
  const alert = async (rule: Json, more: Json = {}): Promise<AlertBody> => {
    const webhook = more.webhook ?? (await hook()).id;
    return bench.user.ok<AlertBody>('POST', '/alerts', { name: freshName('alert'), rule, webhook, ...more });
  };
  const script = async (more: Json = {}): Promise<{ run: Script; experiment: number }> => {
    const run = await bench.user.ok<Script>('POST', '/runs', { experiment: freshName('watched'), ...more });
    return { run, experiment: Number(run.experimentId) };
  };
  const log = (run: RunBody, key: string, points: [number, number | string][]): Promise<Json> =>
    bench.user.ok('POST', `/runs/${run.id}/log`, { series: [series(key, points)] });
  const finish = (run: Script, outcome: string, more: Json = {}): Promise<Json> =>
    bench.user.ok('POST', `/runs/${run.id}/finish`, { ...held(run.session), finalSeq: 0, outcome, ...more });
  const bodies = (): { type: string; data: Json & { run: Json; alert: Json } }[] =>
    bench.received.map(({ body }) => JSON.parse(body));
  const deliveries = async (query: string): Promise<DeliveryBody[]> =>
    (await bench.user.ok<{ deliveries: DeliveryBody[] }>('GET', `/deliveries?${query}`)).deliveries;
  const later = async (ms: number): Promise<void> => {
    await bench.server.advance(ms);
    await bench.server.tick();
  };
  return Object.assign(bench, { hook, alert, script, log, finish, bodies, deliveries, later });
}
