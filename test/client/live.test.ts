import { openLive, type SocketLike } from '@tidemark/client';
import { describe, expect, test } from 'vitest';

/** A hand-driven clock and socket. */
function harness(connects: boolean[]) {
  const sockets: SocketLike[] = [];
  const states: boolean[] = [];
  let timer: { run: () => void; ms: number } | null = null;
  let hints = 0;
  const live = openLive({
    base: 'https://x/api/v1',
    onHint: () => void hints++,
    onState: (pushed) => void states.push(pushed),
    rng: () => 0,
    setTimer: (run, ms) => {
      timer = { run, ms };
      return timer;
    },
    clearTimer: (old) => {
      if (timer === old) timer = null;
    },
    pollMs: { first: 100, cap: 300 },
    connect: (url) => {
      expect(url).toBe('wss://x/api/v1/live');
      if (!(connects.shift() ?? true)) throw new Error('no sockets here');
      const socket: SocketLike = { onopen: null, onmessage: null, onclose: null, onerror: null, close: () => {} };
      sockets.push(socket);
      return socket;
    },
  });
  return {
    live,
    sockets,
    states,
    hints: () => hints,
    due: () => timer?.ms,
    tick: () => {
      const now = timer;
      timer = null;
      now?.run();
    },
  };
}
const fire = (handler: ((event: never) => unknown) | null | undefined) => handler?.({} as never);

describe('openLive', () => {
  test('a socket’s opening and each message are hints, and no clock runs beside it', () => {
    const h = harness([]);
    fire(h.sockets[0]?.onopen);
    fire(h.sockets[0]?.onmessage);
    expect(h.hints()).toBe(2);
    expect(h.due()).toBeUndefined();
    expect(h.states).toEqual([true]);
  });

  test('without a socket it polls, ever more slowly, and goes back to push when one opens', () => {
    const h = harness([false, false, true]);
    expect(h.states).toEqual([false]);
    const pauses = [h.due()];
    h.tick();
    pauses.push(h.due());
    h.tick();
    pauses.push(h.due());
    h.tick();
    pauses.push(h.due());
    expect(pauses).toEqual([50, 75, 112.5, 150]);
    expect(h.hints()).toBe(3);
    fire(h.sockets[0]?.onopen);
    expect(h.states).toEqual([false, true]);
    expect(h.due()).toBeUndefined();
  });

  test('a lost socket falls back to the clock and tries again', () => {
    const h = harness([]);
    fire(h.sockets[0]?.onopen);
    fire(h.sockets[0]?.onclose);
    expect(h.states).toEqual([true, false]);
    expect(h.due()).toBe(50);
    h.tick();
    expect(h.sockets).toHaveLength(2);
  });

  test('stir makes the next poll soon; close ends everything', () => {
    const h = harness([false, false, false]);
    h.tick();
    h.tick();
    h.live.stir();
    expect(h.due()).toBe(50);
    h.live.close();
    expect(h.due()).toBeUndefined();
  });
});
