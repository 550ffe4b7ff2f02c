import type { Row, SqlValue } from '@tidemark/db/database';
import type * as z from 'zod';
import type { AuditEntry, listAudit as route } from '../contract/audit.ts';
import type { Deps } from '../deps.ts';
import { invalid } from '../errors.ts';

type Query = z.output<typeof route.query>;
type Reply = z.output<typeof route.response>;

/** A page of the audit log, newest first. Errors: invalid_request. */
export async function listAudit(deps: Deps, { limit, cursor, actor, action, since }: Query): Promise<Reply> {
  const terms: [string, SqlValue][] = [];
  if (cursor !== undefined) {
    if (!/^\d{1,15}$/.test(cursor)) throw invalid(['query', 'cursor'], 'not a cursor of this list', { value: cursor });
    terms.push(['id < ?', Number(cursor)]);
  }
  if (actor !== undefined) terms.push(['actor = ?', actor]);
  if (action !== undefined) terms.push(['action = ?', action]);
  if (since !== undefined) terms.push(['at >= ?', since]);
  const where = terms.length === 0 ? '' : `WHERE ${terms.map(([sql]) => sql).join(' AND ')}`;
  const rows = await deps.db.all(`SELECT * FROM audit ${where} ORDER BY id DESC LIMIT ?`, [
    ...terms.map(([, value]) => value),
    limit + 1,
  ]);
  const page = rows.slice(0, limit);
  return { entries: page.map(present), next: rows.length > limit ? String(page.at(-1)!.id) : null };
}

function present(row: Row): AuditEntry {
  const document = (value: SqlValue | undefined) =>
    typeof value === 'string' ? (JSON.parse(value) as Record<string, unknown>) : null;
  return {
    id: Number(row.id),
    at: Number(row.at),
    actor: String(row.actor),
    credential: String(row.credential),
    action: String(row.action),
    target: String(row.target),
    before: document(row.before),
    after: document(row.after),
    address: String(row.address),
    requestId: String(row.request_id),
  };
}
