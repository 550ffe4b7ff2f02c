import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';

/** Trained weights that runs may start from: one blob of named tensors each. */
export const weights = sqliteTable('weights', {
  name: text().primaryKey(),
  digest: text().notNull(),
  size: integer().notNull(),
  framework: text({ enum: ['tidemark', 'tensorflow', 'pytorch', 'onnx'] }).notNull(),
  /** JSON: [[name, dims], …]. */
  tensors: text().notNull(),
  license: text().notNull(),
  source: text().notNull(),
  source_digest: text().notNull(),
  /** JSON: {mean, std}, or null. */
  normalization: text(),
  created_at: integer().notNull(),
  created_by: text().notNull(),
});
