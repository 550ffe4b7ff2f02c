import { ApiError, NetworkError } from '@tidemark/client';

/**
 * What a failed call under a lease means. `retry`: as long as it takes. `stale`: the attempt is somebody else's or gone, nothing of
 * it is sent again. `pending`: the server lacks metrics; send those first. `refused`: wrong, and stays wrong.
 */
export type Verdict = 'retry' | 'stale' | 'pending' | 'refused';

export function verdict(error: unknown): Verdict {
  if (error instanceof NetworkError) return 'retry';
  if (!(error instanceof ApiError)) return 'refused';
  if (error.code === 'stale_attempt') return 'stale';
  if (error.code === 'metrics_pending' || error.code === 'conflict') return 'pending';
  return error.retry ? 'retry' : 'refused';
}
