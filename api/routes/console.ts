import { downloadConsole } from '../console/download.ts';
import { readConsole } from '../console/read.ts';
import type { consoleRoutes } from '../contract/console.ts';
import type { Handlers } from '../handler.ts';

export const consoleHandlers: Handlers<typeof consoleRoutes> = {
  readConsole: ({ deps }, { params, query }) => readConsole(deps, params.id, query),
  downloadConsole: ({ deps }, { params, query }) => downloadConsole(deps, params.id, query),
};
