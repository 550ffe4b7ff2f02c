import { readConsole } from '../console/read.ts';
import type { runRoutes } from '../contract/runs.ts';
import type { Handlers } from '../handler.ts';
import { cancelRun } from '../runs/cancel.ts';
import { cloneRun } from '../runs/clone.ts';
import { deleteRun } from '../runs/delete.ts';
import { emptyTrash } from '../runs/empty-trash.ts';
import { finishRun } from '../runs/finish.ts';
import { getRunDetail } from '../runs/get.ts';
import { listRuns } from '../runs/list.ts';

import { runNotes } from '../runs/notes.ts';
import { registerRun } from '../runs/register.ts';
import { restoreRun } from '../runs/restore.ts';
import { updateRun } from '../runs/update.ts';
import { validateRun } from '../runs/validate.ts';

export const runHandlers: Handlers<typeof runRoutes> = {
  createRun: ({ deps, principal, request }, { body }) =>
    registerRun(deps, principal, body, { keptAlive: request.headers.has('tidemark-keepalive') }),
  validateConfig: async (_call, { body }) => validateRun(body.config),
  listRuns: ({ deps }, { query }) => listRuns(deps, query),
  getRun: ({ deps }, { params }) => getRunDetail(deps, params.id),
  updateRun: ({ deps, principal }, { params, body }) => updateRun(deps, principal, params.id, body),
  cancelRun: ({ deps, principal }, { params }) => cancelRun(deps, principal, params.id),
  cloneRun: async ({ deps, principal }, { params, body }) => {
    const { session: _, ...run } = await cloneRun(deps, principal, params.id, body.name);
    return run;
  },
  deleteRun: ({ deps, principal }, { params }) => deleteRun(deps, principal, params.id),
  restoreRun: ({ deps, principal }, { params }) => restoreRun(deps, principal, params.id),
  emptyTrash: ({ deps, principal }, { query }) => emptyTrash(deps, principal, query.runs),
  runNotes: async ({ deps }, { params }) => ({ notes: await runNotes(deps, params.id) }),
  finishRun: ({ deps, principal }, { params, body }) => finishRun(deps, principal, params.id, body),
  runLines: async ({ deps }, { params, query }) => {
    const { lines, next } = await readConsole(deps, params.id, query);
    return { lines, next };
  },
};
