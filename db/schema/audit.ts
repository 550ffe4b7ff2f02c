import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';

/** Who changed what may matter later; triggers refuse to change or delete a row. */
export const audit = sqliteTable('audit', {
  id: integer().primaryKey(),
  at: integer().notNull(),
  actor: text().notNull(),
  credential: text().notNull(),
  action: text().notNull(),
  target: text().notNull(),
  before: text(),
  after: text(),
  address: text().notNull(),
  request_id: text().notNull(),
});
