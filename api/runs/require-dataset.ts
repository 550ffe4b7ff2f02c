import type { RunConfig } from '@tidemark/training/config';
import { findDataset } from '../datasets/find.ts';
import type { Deps } from '../deps.ts';
import { ApiError, invalid } from '../errors.ts';

/** That the dataset a config names is there: a run must not wait in the queue for a worker to find out. Errors: invalid_request. */
export async function requireDataset(deps: Deps, { data }: RunConfig): Promise<void> {
  if (data.dataset === undefined) return;
  try {
    await findDataset(deps, data.dataset);
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 'not_found') throw error;
    throw invalid(['config', 'data', 'dataset'], `config.data.dataset: ${error.message}`, {
      value: data.dataset,
      hint: 'Register it: tidemark dataset add NAME FOLDER',
    });
  }
}
