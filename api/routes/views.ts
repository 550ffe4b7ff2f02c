import type { viewRoutes } from '../contract/views.ts';
import type { Handlers } from '../handler.ts';
import { createSnapshot } from '../snapshots/create.ts';
import { deleteSnapshot } from '../snapshots/delete.ts';
import { getSnapshot } from '../snapshots/get.ts';
import { listSnapshots } from '../snapshots/list.ts';
import { createView } from '../views/create.ts';
import { deleteView } from '../views/delete.ts';
import { getView } from '../views/get.ts';
import { listViews } from '../views/list.ts';
import { updateView } from '../views/update.ts';

export const viewHandlers: Handlers<typeof viewRoutes> = {
  createView: ({ deps, principal }, { body }) => createView(deps, principal, body),
  listViews: async ({ deps }, { query }) => ({ views: await listViews(deps, query.experiment) }),
  getView: ({ deps }, { params }) => getView(deps, params.id),
  updateView: ({ deps, principal }, { params, body }) => updateView(deps, principal, params.id, body),
  deleteView: async ({ deps, principal }, { params }) => {
    await deleteView(deps, principal, params.id);
    return {};
  },
  createSnapshot: ({ deps, principal }, { body }) => createSnapshot(deps, principal, body),
  listSnapshots: async ({ deps }, { query }) => ({ snapshots: await listSnapshots(deps, query) }),
  getSnapshot: ({ deps }, { params }) => getSnapshot(deps, params.id),
  deleteSnapshot: async ({ deps, principal }, { params }) => {
    await deleteSnapshot(deps, principal, params.id);
    return {};
  },
};
