import { createAlert } from '../alerts/create.ts';
import { deleteAlert } from '../alerts/delete.ts';
import { findAlert } from '../alerts/find.ts';
import { listAlerts } from '../alerts/list.ts';
import { replayAlert } from '../alerts/replay.ts';
import { testAlert } from '../alerts/test.ts';
import { updateAlert } from '../alerts/update.ts';
import type { alertRoutes } from '../contract/alerts.ts';
import type { Handlers } from '../handler.ts';

export const alertHandlers: Handlers<typeof alertRoutes> = {
  createAlert: ({ deps, principal }, { body }) => createAlert(deps, principal, body),
  listAlerts: async ({ deps }, { query }) => ({ alerts: await listAlerts(deps, query) }),
  getAlert: ({ deps }, { params }) => findAlert(deps, params.id),
  updateAlert: ({ deps, principal }, { params, body }) => updateAlert(deps, principal, params.id, body),
  deleteAlert: async ({ deps, principal }, { params }) => {
    await deleteAlert(deps, principal, params.id);
    return {};
  },
  testAlert: ({ deps }, { params }) => testAlert(deps, params.id),
  replayAlert: ({ deps }, { params, body }) => replayAlert(deps, params.id, body),
};
