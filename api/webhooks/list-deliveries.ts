import type { SqlValue } from '@tidemark/db/database';
import type * as z from 'zod';
import type { Delivery, listDeliveries as route } from '../contract/webhooks.ts';
import type { Deps } from '../deps.ts';
import { decodeCursor, encodeCursor } from '../search/cursor.ts';
import { DELIVERY, toDelivery } from './rows.ts';

/** A page of messages with their attempts, newest first. Errors: invalid_request. */
export async function listDeliveries(
  deps: Deps,
  { alert, webhook, state, limit, cursor }: z.output<typeof route.query>,
): Promise<{ deliveries: Delivery[]; next: string | null }> {
  const conditions = ['1'];
  const params: SqlValue[] = [];
  const only = (sql: string, ...values: SqlValue[]): void => {
    conditions.push(sql);
    params.push(...values);
  };
  if (alert !== undefined) only('alert_id = ?', alert);
  if (webhook !== undefined) only('webhook_id = ?', webhook);
  if (state !== undefined) only('state = ?', state);
  if (cursor !== undefined) only('(created_at, id) < (?, ?)', ...decodeCursor(cursor, 2));
  const rows = await deps.db.all(
    `SELECT ${DELIVERY} FROM messages WHERE ${conditions.join(' AND ')} ORDER BY created_at DESC, id DESC LIMIT ?`,
    [...params, limit + 1],
  );
  const deliveries = rows.slice(0, limit).map(toDelivery);
  const last = deliveries.at(-1);
  return { deliveries, next: rows.length > limit && last ? encodeCursor([last.createdAt, last.id]) : null };
}
