import { listAudit } from '../audit/list.ts';
import type { auditRoutes } from '../contract/audit.ts';
import type { Handlers } from '../handler.ts';

export const auditHandlers: Handlers<typeof auditRoutes> = {
  listAudit: ({ deps }, { query }) => listAudit(deps, query),
};
