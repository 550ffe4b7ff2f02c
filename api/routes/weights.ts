import type { weightsRoutes } from '../contract/weights.ts';
import type { Handlers } from '../handler.ts';
import { createWeights } from '../weights/create.ts';
import { deleteWeights } from '../weights/delete.ts';
import { findWeights } from '../weights/find.ts';
import { listWeights } from '../weights/list.ts';

export const weightsHandlers: Handlers<typeof weightsRoutes> = {
  createWeights: ({ deps, principal }, { body }) => createWeights(deps, principal, body),
  listWeights: async ({ deps }) => ({ weights: await listWeights(deps) }),
  getWeights: ({ deps }, { params }) => findWeights(deps, params.name),
  deleteWeights: ({ deps, principal }, { params }) => deleteWeights(deps, principal, params.name),
};
