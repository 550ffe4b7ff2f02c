import type { WebSocket } from 'ws';
import type { Signals } from '../deps.ts';
import { topicsIn } from '../signals/topics.ts';

export interface Sockets extends Signals {
  /** Takes a socket that was admitted, with what it watches. */
  add(socket: WebSocket, topics: readonly string[]): void;
  /** How many there are. */
  count(): number;
  /** Closes them all. */
  closeAll(reason: string): void;
}

/** One project's sockets, by topic. */
export function createSockets(): Sockets {
  const byTopic = new Map<string, Set<WebSocket>>();
  const all = new Set<WebSocket>();

  function watch(socket: WebSocket, topics: readonly string[]): void {
    for (const topic of topics) {
      const watchers = byTopic.get(topic) ?? new Set();
      byTopic.set(topic, watchers.add(socket));
    }
  }
  function forget(socket: WebSocket): void {
    for (const [topic, watchers] of byTopic) {
      if (watchers.delete(socket) && watchers.size === 0) byTopic.delete(topic);
    }
  }

  return {
    publish(topic) {
      const message = JSON.stringify({ topic });
      for (const socket of byTopic.get(topic) ?? []) socket.send(message);
    },
    watching: (topic) => byTopic.get(topic)?.size ?? 0,
    count: () => all.size,
    closeAll(reason) {
      for (const socket of all) socket.close(1001, reason);
    },
    add(socket, topics) {
      all.add(socket);
      watch(socket, topics);
      socket.on('message', (data) => {
        const text = String(data);
        if (text === 'ping') return socket.send('pong');
        const wanted = topicsIn(text);
        if (!wanted) return socket.close(1003, 'expected {"topics":[…]}');
        forget(socket);
        watch(socket, wanted);
      });
      socket.on('close', () => {
        all.delete(socket);
        forget(socket);
      });
      socket.on('error', () => socket.terminate());
    },
  };
}
