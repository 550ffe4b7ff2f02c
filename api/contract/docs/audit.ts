import { auditRoutes } from '../audit.ts';
import { docs } from './doc.ts';

export const auditDocs = docs(auditRoutes, {
  listAudit: {
    description: 'Each with who did it, by which credential, from where, and what was before and after.',
    parameters: {
      actor: 'Only what this name did.',
      action: 'Only this route, such as `createToken`.',
      since: 'Only from this time on.',
    },
    examples: { tokens: { query: { action: 'createToken', limit: 1 }, after: ['createToken'] } },
  },
});
