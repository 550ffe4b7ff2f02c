import type { lineageRoutes } from '../contract/lineage.ts';
import type { Handlers } from '../handler.ts';
import { lineageOfRun } from '../lineage/of-run.ts';

export const lineageHandlers: Handlers<typeof lineageRoutes> = {
  runLineage: ({ deps }, { params }) => lineageOfRun(deps, params.id),
};
