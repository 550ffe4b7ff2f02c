import type { experimentRoutes } from '../contract/experiments.ts';
import { createExperiment } from '../experiments/create.ts';
import { getExperiment } from '../experiments/get.ts';
import { experimentKeys } from '../experiments/keys.ts';
import { listExperiments } from '../experiments/list.ts';
import { updateExperiment } from '../experiments/update.ts';
import type { Handlers } from '../handler.ts';

export const experimentHandlers: Handlers<typeof experimentRoutes> = {
  createExperiment: ({ deps, principal }, { body }) => createExperiment(deps, principal, body.name),
  listExperiments: async ({ deps }, { query }) => ({ experiments: await listExperiments(deps, query) }),
  getExperiment: ({ deps }, { params }) => getExperiment(deps, params.id),
  updateExperiment: ({ deps, principal }, { params, body }) => updateExperiment(deps, principal, params.id, body),
  experimentKeys: ({ deps }, { params, query }) => experimentKeys(deps, params.id, query),
};
