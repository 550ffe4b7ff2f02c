import type { QueryClient } from '@tanstack/react-query';
import type { changes } from '@tidemark/api/contract/changes';
import type { Output } from '@tidemark/api/contract/route';

/** Marks as stale what a page of the changes feed says has changed; only what is on screen is then read again. */
export function invalidate(client: QueryClient, reply: Output<typeof changes>): void {
  if (reply.reset) {
    void client.invalidateQueries();
    return;
  }
  const runs = new Set(reply.runs.map((run) => run.id));
  const experiments = new Set([...reply.experiments, ...reply.runs.map((run) => run.experimentId)]);
  if (runs.size === 0 && experiments.size === 0 && !reply.workers && !reply.datasets) return;
  void client.invalidateQueries({
    predicate: ({ queryKey: [kind, detail] }) => {
      switch (kind) {
        case 'run':
        case 'artifacts':
        case 'lines':
          return runs.has(String(detail));
        case 'metrics':
          return (detail as { runs: readonly string[] }).runs.some((run) => runs.has(run));
        case 'runs': {
          const { experiment } = detail as { experiment?: number };
          return runs.size > 0 && (experiment === undefined || experiments.has(experiment));
        }
        case 'experiments':
          return experiments.size > 0;
        case 'experiment':
        case 'keys':
          return experiments.has(Number(detail));
        case 'queue':
          return runs.size > 0 || reply.workers;
        case 'workers':
          return reply.workers || runs.size > 0;
        case 'datasets':
          return reply.datasets;
        default:
          return false;
      }
    },
  });
}
