import { ApiError } from '../errors.ts';

export const metricsPending = (acked: number, needed: number): ApiError =>
  new ApiError('metrics_pending', `Metrics through ${needed} are needed; ${acked} is acknowledged.`, {
    hint: `Send sequence numbers ${acked + 1} to ${needed}, then this again.`,
    details: [{ path: ['seq'], message: 'not yet acknowledged', value: acked, allowed: `≥ ${needed}` }],
  });
