import type { QueryClient } from '@tanstack/react-query';
import { changes } from '@tidemark/api/contract/changes';
import { ApiError, openLive } from '@tidemark/client';
import { api } from '../api.ts';
import { createStore } from '../state/store.ts';
import { isWatched } from './interest.ts';
import { invalidate } from './invalidate.ts';

/** `offline` since when, by this machine's clock. */
export type FeedState = { readonly kind: 'connecting' | 'live' } | { readonly kind: 'offline'; readonly since: number };
export const feed = createStore<FeedState>({ kind: 'connecting' });

const WATCHED = 2000;
const QUIET = 15_000;
const BETWEEN = 400;

/**
 * Asks `changes` every two seconds while something on the screen runs, every fifteen otherwise, never in a hidden tab and at
 * once on return; a hint from the socket asks at once too. Answers what stops it.
 */
export function startFeed(client: QueryClient): () => void {
  let cursor: string | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let asking = false;
  let again = false;
  let asked = 0;
  let stopped = false;

  function schedule(milliseconds: number): void {
    clearTimeout(timer);
    if (!stopped && !document.hidden) timer = setTimeout(ask, milliseconds);
  }

  async function ask(): Promise<void> {
    if (stopped || document.hidden) return;
    if (asking) {
      again = true;
      return;
    }
    asking = true;
    asked = performance.now();
    try {
      const reply = await api.call(changes, { query: cursor ? { cursor } : {} });
      const first = cursor === undefined;
      const returned = feed.get().kind === 'offline';
      cursor = reply.cursor;
      feed.set({ kind: 'live' });
      if (returned) void client.invalidateQueries();
      else if (!first) invalidate(client, reply);
    } catch (error) {
      const refused = error instanceof ApiError && !error.retry;
      if (refused && error.code === 'invalid_request') cursor = undefined;
      if (!refused && feed.get().kind !== 'offline') feed.set({ kind: 'offline', since: Date.now() });
    } finally {
      asking = false;
      schedule(again ? BETWEEN : isWatched() || feed.get().kind === 'offline' ? WATCHED : QUIET);
      again = false;
    }
  }

  function soon(): void {
    const wait = BETWEEN - (performance.now() - asked);
    if (wait <= 0) void ask();
    else schedule(wait);
  }

  // What begins to run on the screen must not wait out a quiet period.
  const wake = setInterval(() => {
    if (isWatched() && performance.now() - asked > WATCHED) soon();
  }, WATCHED);
  const onVisible = (): void => {
    if (!document.hidden) soon();
  };
  document.addEventListener('visibilitychange', onVisible);
  const hints = openLive({
    base: api.base,
    onHint: soon,
    rng: Math.random,
    setTimer: (run, milliseconds) => setTimeout(run, milliseconds),
    clearTimer: (handle) => clearTimeout(handle as ReturnType<typeof setTimeout>),
    pollMs: { first: 30_000, cap: 60_000 },
  });
  void ask();

  return () => {
    stopped = true;
    clearTimeout(timer);
    clearInterval(wake);
    hints.close();
    document.removeEventListener('visibilitychange', onVisible);
  };
}
