/**
 * The database port. A project is one database; every driver speaks SQLite 3.45's dialect and keeps the limits of a Durable
 * Object's SQL: at most 100 parameters and 100 kB a statement, 5 terms in a compound SELECT, 2 MB a value.
 */
export type SqlValue = string | number | Uint8Array | null;

export interface Statement {
  readonly sql: string;
  readonly params?: readonly SqlValue[];
}

/** A row by column name: numbers, text, Uint8Array for a BLOB, or null. */
export type Row = Record<string, SqlValue>;

export interface Database {
  /** Rows of one statement. */
  all<T extends Row = Row>(sql: string, params?: readonly SqlValue[]): Promise<T[]>;
  /** All statements in one transaction, or none of them; the rows that each returned. */
  batch(statements: readonly Statement[]): Promise<Row[][]>;
  /** As `all`, a row an array of its columns' values as selected: two columns may have one name. */
  values(sql: string, params?: readonly SqlValue[]): Promise<SqlValue[][]>;
  /** As `batch`, rows as `values` has them. */
  batchValues(statements: readonly Statement[]): Promise<SqlValue[][][]>;
  close(): void;
  /** What this is a view of: with some rows hidden, say. */
  readonly origin?: Database;
}

/** The database itself: what is remembered about it is found through every view of it. */
export const originOf = (db: Database): Database => db.origin ?? db;

/** constraint: a rule of the schema; busy: try again later; too_large: a value or statement over a limit. */
export type DatabaseErrorKind = 'constraint' | 'busy' | 'too_large' | 'other';

export class DatabaseError extends Error {
  readonly kind: DatabaseErrorKind;
  constructor(kind: DatabaseErrorKind, cause: unknown) {
    super(`database: ${kind}`, { cause });
    this.name = 'DatabaseError';
    this.kind = kind;
  }
}

/** Sorts an SQLite message by what a caller can do about it; drivers without error codes have only the text. */
export function classify(message: string): DatabaseErrorKind {
  if (/constraint/i.test(message)) return 'constraint';
  if (/SQLITE_BUSY|SQLITE_LOCKED|database is locked|table is locked/i.test(message)) return 'busy';
  if (/too big|too large|too many SQL variables|SQLITE_TOOBIG|too many terms|SQLITE_FULL|disk is full/i.test(message)) {
    return 'too_large';
  }
  return 'other';
}
