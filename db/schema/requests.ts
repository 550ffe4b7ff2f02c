import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import { bytes } from './columns.ts';

/** Requests that came with an `Idempotency-Key`, for a day: what was asked, and the reply, sealed with the key itself. */
export const requests = sqliteTable('requests', {
  /** A hash of who asked, where, and the key. */
  key: text().primaryKey(),
  /** A hash of what was asked. */
  fingerprint: text().notNull(),
  created_at: integer().notNull(),
  /** Null: carried out, but the reply was not kept. */
  reply: bytes(),
});
