import { changesSince } from '../changes.ts';
import type { changeRoutes } from '../contract/changes.ts';
import type { Handlers } from '../handler.ts';

export const changeHandlers: Handlers<typeof changeRoutes> = {
  changes: ({ deps }, { query }) => changesSince(deps, query.cursor),
};
