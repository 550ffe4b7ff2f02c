import type { Signals } from '../deps.ts';
import { topicsIn } from '../signals/topics.ts';

/**
 * A project's sockets, which outlive the object: it may sleep while they stay open, so what each one watches is kept with the
 * socket, and nothing about them in memory.
 */
export function createSockets(ctx: DurableObjectState): Signals & {
  accept(topics: readonly string[]): Response;
  message(socket: WebSocket, data: string | ArrayBuffer): void;
} {
  ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair('ping', 'pong'));
  const watchers = (topic: string): WebSocket[] =>
    ctx.getWebSockets().filter((socket) => topicsOf(socket).includes(topic));
  return {
    publish(topic) {
      const message = JSON.stringify({ topic });
      for (const socket of watchers(topic)) {
        // One that is just closing cannot be sent to; it needs no hint either.
        try {
          socket.send(message);
        } catch {}
      }
    },
    watching: (topic) => watchers(topic).length,
    accept(topics) {
      const { 0: client, 1: server } = new WebSocketPair();
      ctx.acceptWebSocket(server);
      server.serializeAttachment(topics);
      return new Response(null, { status: 101, webSocket: client });
    },
    message(socket, data) {
      const topics = typeof data === 'string' ? topicsIn(data) : null;
      if (topics) socket.serializeAttachment(topics);
      else socket.close(1003, 'expected {"topics":[…]}');
    },
  };
}

// Only `accept` and `message` attach anything.
const topicsOf = (socket: WebSocket): readonly string[] => (socket.deserializeAttachment() as string[] | null) ?? [];
