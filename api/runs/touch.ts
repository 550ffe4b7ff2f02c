import type { Deps } from '../deps.ts';

/** Tells whoever watches that a run changed; a queued one wakes idle workers. */
export function touchRun(deps: Deps, run: string, { queued = false } = {}): void {
  if (queued) deps.signals.publish('queue');
  deps.signals.publish(`run:${run}`);
  deps.signals.publish('changes');
}
