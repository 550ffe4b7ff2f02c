import { flattenConfig } from '@tidemark/training/params';
import { findDataset } from '../datasets/find.ts';
import type { Deps } from '../deps.ts';
import { ApiError, invalid } from '../errors.ts';
import type { CheckedConfig } from './config.ts';

/**
 * Finds the dataset that a config names, and puts its version into it: the run means this one, whatever is added to the name
 * later. One that is not there is refused here: a run must not wait in the queue for a worker to find out. Errors: invalid_request.
 */
export async function requireDataset(deps: Deps, checked: CheckedConfig): Promise<CheckedConfig> {
  const { data } = checked.config;
  if (data.dataset === undefined) return checked;
  try {
    const { name, version } = await findDataset(deps, data.dataset);
    const config = { ...checked.config, data: { ...data, dataset: `${name}@${version}` } };
    return { ...checked, config, params: flattenConfig(config) };
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 'not_found') throw error;
    throw invalid(['config', 'data', 'dataset'], `config.data.dataset: ${error.message}`, {
      value: data.dataset,
      hint: 'Register it: tidemark dataset add NAME FOLDER',
    });
  }
}
