import type { Worker } from '@tidemark/api/contract/workers';

/** `2 workers match`, or what is missing. */
export function workersText(workers: readonly Worker[] | undefined, requires: readonly string[]): string {
  if (!workers) return '';
  const live = workers.filter((worker) => worker.state === 'idle' || worker.state === 'busy');
  const matching = live.filter((worker) => requires.every((label) => worker.labels.includes(label)));
  if (live.length === 0) return 'No live worker: the run will wait for one.';
  if (matching.length === 0)
    return `None of ${live.length} live workers has ${requires.join(', ')}: the run will wait.`;
  const idle = matching.filter((worker) => worker.state === 'idle').length;
  return `${matching.length} ${matching.length === 1 ? 'worker matches' : 'workers match'}${idle > 0 ? `, ${idle} idle` : ''}`;
}
