import type { datasetRoutes } from '../contract/datasets.ts';
import { commitDataset } from '../datasets/commit.ts';
import { createDataset } from '../datasets/create.ts';
import { diffDatasets } from '../datasets/diff.ts';
import { datasetFiles } from '../datasets/files.ts';
import { findDataset } from '../datasets/find.ts';
import { datasetLineage } from '../datasets/lineage.ts';
import { listDatasets } from '../datasets/list.ts';
import { datasetVersions } from '../datasets/versions.ts';
import type { Handlers } from '../handler.ts';

export const datasetHandlers: Handlers<typeof datasetRoutes> = {
  createDataset: ({ deps, principal }, { body }) => createDataset(deps, principal, body),
  commitDataset: ({ deps, principal }, { params }) => commitDataset(deps, principal, params.ref),
  listDatasets: async ({ deps }, { query }) => ({ datasets: await listDatasets(deps, query.name) }),
  getDataset: ({ deps }, { params }) => findDataset(deps, params.ref),
  datasetVersions: ({ deps }, { params, query }) => datasetVersions(deps, params.name, query),
  diffDatasets: ({ deps }, { params, query }) => diffDatasets(deps, params.ref, query),
  datasetLineage: ({ deps }, { params, query }) => datasetLineage(deps, params.ref, query),
  datasetFiles: ({ deps }, { params, query }) => datasetFiles(deps, params.ref, query),
};
