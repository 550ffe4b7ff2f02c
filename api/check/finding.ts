import type { Database, Row, SqlValue, Statement } from '@tidemark/db/database';
import { pack } from '../archive/row.ts';
import type { BlobStore } from '../blobs/store.ts';

/** Something that is not as it should be. */
export interface Finding {
  readonly check: string;
  /** In words, with what it is about. */
  readonly what: string;
  /** `error`: something is lost or wrong. `note`: a little room, or work that is still to do. */
  readonly severity: 'error' | 'note';
  /** What a repair does; null: it can do nothing. */
  readonly remedy: string | null;
  readonly repair?: () => Promise<void>;
}

export interface Checked {
  readonly db: Database;
  readonly blobs: BlobStore;
  readonly now: number;
  /** Also reads all bytes of blobs. */
  readonly deep: boolean;
}

/** Moves rows out of the way: they are kept as JSON in `quarantine`, and no longer stand where they do harm. */
export async function quarantine(
  { db, now }: Checked,
  { table, where, params, reason }: { table: string; where: string; params: readonly SqlValue[]; reason: string },
): Promise<void> {
  const rows = await db.all<Row>(`SELECT * FROM ${table} WHERE ${where}`, params);
  const keep = rows.map(
    (row): Statement => ({
      sql: 'INSERT INTO quarantine (at, source, reason, data) VALUES (?, ?, ?, ?)',
      params: [now, table, reason, JSON.stringify(pack(row))],
    }),
  );
  await db.batch([...keep, { sql: `DELETE FROM ${table} WHERE ${where}`, params }]);
}
