import { setTimeout as delay } from 'node:timers/promises';
import { type Client, openLive, type SocketLike } from '@tidemark/client';
import { WebSocket } from 'ws';

export interface Hints {
  /** Until something happened, at most so long; at once when something happened since. */
  next(mostMs: number, signal: AbortSignal): Promise<void>;
  close(): void;
}

/** Told by the server when a topic changes. Being subscribed also makes whoever writes the run write more often. */
export function openHints(client: Client, token: string | undefined, topic: string): Hints {
  let pending = false;
  let wake = () => {};
  const live = openLive({
    base: client.base,
    onHint: () => {
      pending = true;
      wake();
    },
    connect: (url) =>
      new WebSocket(`${url}?topics=${encodeURIComponent(topic)}`, {
        headers: token ? { authorization: `Bearer ${token}` } : {},
        handshakeTimeout: 10_000,
      }) as SocketLike, // its handlers have the browser's names and are set the same way
    rng: Math.random,
    setTimer: (run, ms) => setTimeout(run, ms).unref(),
    clearTimer: (timer) => clearTimeout(timer as NodeJS.Timeout),
  });
  return {
    async next(mostMs, signal) {
      if (!pending) {
        const stop = new AbortController();
        const either = AbortSignal.any([signal, stop.signal]);
        wake = () => stop.abort();
        await delay(mostMs, undefined, { signal: either }).catch(() => {});
        wake = () => {};
      }
      pending = false;
      // Hints may come in bursts; a person's eye needs no more than four pictures a second.
      await delay(250, undefined, { signal }).catch(() => {});
    },
    close: () => live.close(),
  };
}
