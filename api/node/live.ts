import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { Person } from '../deps.ts';
import { ApiError } from '../errors.ts';
import { inside, placeOf } from '../front/slug.ts';
import { replyError } from '../reply.ts';
import type { OpenProject } from './open-project.ts';

export interface Live {
  upgrade(incoming: IncomingMessage, socket: Duplex, head: Buffer): Promise<void>;
  close(): Promise<void>;
}

const PING_EVERY = 30_000;
const GRACE = 1000;
const ONLY_WEBSOCKETS = 'This server upgrades to WebSockets only; send HTTP/1.1 without `Upgrade`.';

/** Sockets of `GET /api/v1/live`, handed to their project once it admitted them. A silent one is dropped after two pings. */
export function createLive(
  open: (slug: string) => Promise<OpenProject | null>,
  personFor: (request: Request, slug: string) => Promise<Person | null>,
): Live {
  const server = new WebSocketServer({ noServer: true, maxPayload: 16_384, perMessageDeflate: false });
  const answered = new WeakSet<object>();
  const pinging = setInterval(() => {
    for (const client of server.clients) {
      if (!answered.delete(client)) client.terminate();
      else client.ping();
    }
  }, PING_EVERY);
  pinging.unref();

  async function upgrade(incoming: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on('error', () => socket.destroy());
    if (incoming.headers.upgrade?.toLowerCase() !== 'websocket') {
      return refuse(socket, replyError(new ApiError('invalid_request', ONLY_WEBSOCKETS), 'upgrade'));
    }
    const request = requestOf(incoming);
    const place = request && placeOf(new URL(request.url).pathname);
    if (!request || place?.path !== '/api/v1/live') return refuse(socket, new Response(null, { status: 404 }));
    const project = await open(place.slug);
    if (!project) return refuse(socket, new Response(null, { status: 404 }));
    const person = await personFor(request, place.slug);
    const topics = await project.admit(inside(request, place), person ? { person } : {});
    if (topics instanceof Response) return refuse(socket, topics);
    server.handleUpgrade(incoming, socket, head, (client) => {
      answered.add(client);
      client.on('pong', () => answered.add(client));
      project.sockets.add(client, topics);
    });
  }

  return {
    upgrade,
    close() {
      clearInterval(pinging);
      for (const client of server.clients) client.close(1001, 'the server stops');
      // A peer that is gone never answers, and the HTTP server waits for every connection.
      setTimeout(() => {
        for (const client of server.clients) client.terminate();
      }, GRACE).unref();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function requestOf(incoming: IncomingMessage): Request | null {
  const host = incoming.headers.host ?? 'localhost';
  const url = `http://${host}${incoming.url ?? '/'}`;
  if (!URL.canParse(url)) return null;
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  return new Request(url, { headers });
}

async function refuse(socket: Duplex, response: Response): Promise<void> {
  const body = await response.text();
  const head = [
    `HTTP/1.1 ${response.status} ${STATUS_CODES[response.status] ?? ''}`,
    'connection: close',
    `content-type: ${response.headers.get('content-type') ?? 'text/plain'}`,
    `content-length: ${Buffer.byteLength(body)}`,
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
