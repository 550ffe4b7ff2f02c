import type { searchRoutes } from '../contract/search.ts';
import type { Handlers } from '../handler.ts';
import { groupRuns } from '../runs/group.ts';
import { listKeys } from '../runs/keys.ts';

export const searchHandlers: Handlers<typeof searchRoutes> = {
  groupRuns: ({ deps }, { query }) => groupRuns(deps, query),
  listKeys: ({ deps }, { query }) => listKeys(deps, query),
};
