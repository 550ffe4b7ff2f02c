import { classify, type Database, DatabaseError, type Row, type SqlValue, type Statement } from './database.ts';

export interface DurableOptions {
  /** Told of every statement's rows written: what Cloudflare bills. */
  readonly onRowsWritten?: (rows: number) => void;
}

/** A project's database in its Durable Object. `storage` is the object's `ctx.storage`. */
export function openDurable(storage: DurableObjectStorage, { onRowsWritten }: DurableOptions = {}): Database {
  const exec = <T>({ sql, params = [] }: Statement, read: (cursor: Cursor) => T[]): T[] => {
    const cursor: Cursor = storage.sql.exec(sql, ...params.map(bind));
    const rows = read(cursor);
    onRowsWritten?.(cursor.rowsWritten);
    return rows;
  };
  const together = <T>(statements: readonly Statement[], read: (cursor: Cursor) => T[]): T[][] =>
    guarded(() => storage.transactionSync(() => statements.map((statement) => exec(statement, read))));
  return {
    all: async <T extends Row>(sql: string, params: readonly SqlValue[] = []) =>
      guarded(() => exec({ sql, params }, rowsOf<T>)),
    batch: async (statements) => together(statements, rowsOf),
    values: async (sql, params = []) => guarded(() => exec({ sql, params }, valuesOf)),
    batchValues: async (statements) => together(statements, valuesOf),
    close: () => {},
  };
}

type Cursor = SqlStorageCursor<Record<string, SqlStorageValue>>;

// The binding takes whole buffers only; a view into a larger one would bind all of it.
const bind = (value: SqlValue): SqlStorageValue =>
  value instanceof Uint8Array ? (value.slice().buffer as ArrayBuffer) : value;

const fromStorage = (value: SqlStorageValue): SqlValue =>
  value instanceof ArrayBuffer ? new Uint8Array(value) : value;

const valuesOf = (cursor: Cursor): SqlValue[][] => [...cursor.raw()].map((row) => row.map(fromStorage));

const rowsOf = <T extends Row>(cursor: Cursor): T[] =>
  cursor.toArray().map((row) => {
    const out: Row = {};
    for (const [name, value] of Object.entries(row)) out[name] = fromStorage(value);
    return out as T;
  });

function guarded<T>(work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw new DatabaseError(classify(cause instanceof Error ? cause.message : ''), cause);
  }
}
