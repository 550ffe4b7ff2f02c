import type { environmentRoutes } from '../contract/environment.ts';
import { readEnvironments } from '../environment/read.ts';
import { saveEnvironment } from '../environment/save.ts';
import type { Handlers } from '../handler.ts';
import { writerOf } from '../runs/writer.ts';

export const environmentHandlers: Handlers<typeof environmentRoutes> = {
  saveEnvironment: async ({ deps, principal, request }, { params, body }) => {
    const writer = await writerOf(deps, principal, request, params.id);
    await saveEnvironment(deps, params.id, writer, body);
    return {};
  },
  readEnvironments: async ({ deps }, { params }) => ({ environments: await readEnvironments(deps, params.id) }),
};
