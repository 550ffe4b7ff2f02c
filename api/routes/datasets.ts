import type { datasetRoutes } from '../contract/datasets.ts';
import { commitDataset } from '../datasets/commit.ts';
import { createDataset } from '../datasets/create.ts';
import { datasetFiles } from '../datasets/files.ts';
import { findDataset } from '../datasets/find.ts';
import { listDatasets } from '../datasets/list.ts';
import type { Handlers } from '../handler.ts';

export const datasetHandlers: Handlers<typeof datasetRoutes> = {
  createDataset: ({ deps, principal }, { body }) => createDataset(deps, principal, body),
  commitDataset: ({ deps, principal }, { params }) => commitDataset(deps, principal, params.ref),
  listDatasets: async ({ deps }, { query }) => ({ datasets: await listDatasets(deps, query.name) }),
  getDataset: ({ deps }, { params }) => findDataset(deps, params.ref),
  datasetFiles: ({ deps }, { params, query }) => datasetFiles(deps, params.ref, query),
};
