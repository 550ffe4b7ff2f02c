import type { modelRoutes } from '../contract/models.ts';
import type { Handlers } from '../handler.ts';
import { createModel } from '../models/create.ts';
import { createModelVersion } from '../models/create-version.ts';
import { deleteModel } from '../models/delete.ts';
import { deleteModelAlias } from '../models/delete-alias.ts';
import { deleteModelVersion } from '../models/delete-version.ts';
import { modelFile } from '../models/file.ts';
import { modelFiles } from '../models/files.ts';
import { findModel } from '../models/find.ts';
import { findVersion } from '../models/find-version.ts';
import { modelHistory } from '../models/history.ts';
import { modelVersionLineage } from '../models/lineage.ts';
import { listModels } from '../models/list.ts';
import { listModelVersions } from '../models/list-versions.ts';
import { setModelAlias } from '../models/set-alias.ts';
import { updateModel } from '../models/update.ts';
import { updateModelVersion } from '../models/update-version.ts';
import { give } from './artifacts.ts';

export const modelHandlers: Handlers<typeof modelRoutes> = {
  createModel: ({ deps, principal }, { body }) => createModel(deps, principal, body),
  listModels: ({ deps }, { query }) => listModels(deps, query),
  getModel: ({ deps }, { params }) => findModel(deps, params.name),
  updateModel: ({ deps, principal }, { params, body }) => updateModel(deps, principal, params.name, body),
  deleteModel: async ({ deps, principal }, { params, query }) => {
    await deleteModel(deps, principal, params.name, query);
    return {};
  },
  modelHistory: ({ deps }, { params, query }) => modelHistory(deps, params.name, query),
  createModelVersion: ({ deps, principal }, { params, body }) => createModelVersion(deps, principal, params.name, body),
  listModelVersions: ({ deps }, { params, query }) => listModelVersions(deps, params.name, query),
  getModelVersion: async ({ deps }, { params }) => {
    const { version, config } = await findVersion(deps, params.name, params.version);
    return { ...version, config };
  },
  updateModelVersion: ({ deps, principal }, { params, body }) =>
    updateModelVersion(deps, principal, { name: params.name, ref: params.version, changes: body }),
  deleteModelVersion: async ({ deps, principal }, { params, query }) => {
    await deleteModelVersion(deps, principal, { name: params.name, ref: params.version, ...query });
    return {};
  },
  modelFiles: ({ deps }, { params, query }) => modelFiles(deps, params.name, params.version, query),
  downloadModel: async (call, { params, query }) => {
    const { path, ...file } = await modelFile(call.deps, params.name, params.version, query.path);
    return give(call, { ...file, filename: path.split('/').at(-1)!, immutable: false });
  },
  modelLineage: ({ deps }, { params }) => modelVersionLineage(deps, params.name, params.version),
  setModelAlias: ({ deps, principal }, { params, body }) =>
    setModelAlias(deps, principal, params.name, { alias: params.alias, ...body }),
  deleteModelAlias: ({ deps, principal }, { params }) => deleteModelAlias(deps, principal, params.name, params.alias),
};
