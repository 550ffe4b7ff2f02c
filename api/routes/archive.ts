import { abortImport } from '../archive/abort.ts';
import { commitImport } from '../archive/commit.ts';
import { exportPage } from '../archive/export.ts';
import { importPage } from '../archive/import-page.ts';
import { archiveManifest } from '../archive/manifest.ts';
import { openImport } from '../archive/open.ts';
import type { archiveRoutes } from '../contract/archive.ts';
import type { Handlers } from '../handler.ts';

export const archiveHandlers: Handlers<typeof archiveRoutes> = {
  exportManifest: ({ deps }, { query }) => archiveManifest(deps, query.scope),
  exportPage: ({ deps }, { query }) => exportPage(deps, query),
  openImport: ({ deps, principal }, { params, body }) => openImport(deps, principal, params.id, body),
  importPage: ({ deps, request }, { params }) => importPage(deps, params.id, params.page, request),
  commitImport: ({ deps, principal }, { params, body }) => commitImport(deps, principal, params.id, body.pages),
  abortImport: async ({ deps }, { params }) => {
    await abortImport(deps, params.id);
    return {};
  },
};
