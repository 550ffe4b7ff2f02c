import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';

/** Blobs that are on their way in parts. */
export const uploads = sqliteTable('uploads', {
  digest: text().primaryKey(),
  size: integer().notNull(),
  part_size: integer().notNull(),
  /** The store's own name for it. */
  handle: text().notNull(),
  created_at: integer().notNull(),
  touched_at: integer().notNull(),
});

export const uploadParts = sqliteTable(
  'upload_parts',
  {
    upload: text()
      .notNull()
      .references(() => uploads.digest, { onDelete: 'cascade' }),
    /** From 1. */
    part: integer().notNull(),
    digest: text().notNull(),
    /** What the store wants back when the parts are joined. */
    receipt: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.upload, table.part] })],
);

/** How far a walk through everything in the store has come: api/blobs/adopt.ts. */
export const blobListing = sqliteTable('blob_listing', { id: integer().primaryKey(), after: text().notNull() });
