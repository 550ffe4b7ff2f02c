import * as z from 'zod';
import { Millis, NextCursor, Page } from './common.ts';
import { route } from './route.ts';

export const AuditEntry = z
  .object({
    id: z.int(),
    at: Millis,
    actor: z.string(),
    /** `token:3`, `member:2`, `server`. */
    credential: z.string(),
    /** The route’s name, such as `createToken`. */
    action: z.string(),
    target: z.string(),
    before: z.record(z.string(), z.unknown()).nullable(),
    after: z.record(z.string(), z.unknown()).nullable(),
    /** Where the request came from, if known. */
    address: z.string(),
    requestId: z.string(),
  })
  .meta({ id: 'AuditEntry' });
export type AuditEntry = z.output<typeof AuditEntry>;

export const listAudit = route({
  method: 'GET',
  path: '/audit',
  tag: 'audit',
  scope: 'admin',
  status: 200,
  summary:
    'What was done that may matter later, newest first: tokens, members, logins, deletes, restores, the project itself.',
  query: z.object({
    ...Page,
    actor: z.string().max(300).optional(),
    action: z.string().max(100).optional(),
    since: z.coerce.number().int().optional(),
  }),
  response: z.object({ entries: z.array(AuditEntry), next: NextCursor }),
  errors: ['invalid_request'],
});
export const auditRoutes = { listAudit };
