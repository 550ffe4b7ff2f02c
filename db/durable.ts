import { classify, type Database, DatabaseError, type Row, type SqlValue, type Statement } from './database.ts';

export interface DurableOptions {
  /** Told of every statement's rows written: what Cloudflare bills. */
  readonly onRowsWritten?: (rows: number) => void;
}

/** A project's database in its Durable Object. `storage` is the object's `ctx.storage`. */
export function openDurable(storage: DurableObjectStorage, { onRowsWritten }: DurableOptions = {}): Database {
  const exec = <T extends Row>(sql: string, params: readonly SqlValue[] = []): T[] => {
    const cursor = storage.sql.exec<Record<string, SqlStorageValue>>(sql, ...params.map(bind));
    const rows = cursor.toArray().map((row) => fromStorage<T>(row));
    onRowsWritten?.(cursor.rowsWritten);
    return rows;
  };
  return {
    all: async <T extends Row>(sql: string, params?: readonly SqlValue[]) => guarded(() => exec<T>(sql, params)),
    batch: async (statements: readonly Statement[]) =>
      guarded(() => storage.transactionSync(() => statements.map(({ sql, params }) => exec(sql, params)))),
    close: () => {},
  };
}

// The binding takes whole buffers only; a view into a larger one would bind all of it.
const bind = (value: SqlValue): SqlStorageValue =>
  value instanceof Uint8Array ? (value.slice().buffer as ArrayBuffer) : value;

function fromStorage<T extends Row>(row: Record<string, SqlStorageValue>): T {
  const out: Row = {};
  for (const [name, value] of Object.entries(row)) {
    out[name] = value instanceof ArrayBuffer ? new Uint8Array(value) : value;
  }
  return out as T;
}

function guarded<T>(work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw new DatabaseError(classify(cause instanceof Error ? cause.message : ''), cause);
  }
}
