import type { statusRoutes } from '../contract/status.ts';
import type { Handlers } from '../handler.ts';
import { readStatus } from '../observe/status.ts';

export const statusHandlers: Handlers<typeof statusRoutes> = {
  getStatus: ({ deps }) => readStatus(deps),
};
