import type { Client, InValue, ResultSet, Value } from '@libsql/client';
import { classify, type Database, DatabaseError, type Row, type SqlValue, type Statement } from './database.ts';

export interface LibsqlOptions {
  /** `file:…`, `:memory:`, or `libsql://…`. */
  readonly url: string;
  readonly authToken?: string;
  /** A file of somebody else's: its journal mode stays as it is, so that reading it changes no byte of it. */
  readonly asItIs?: boolean;
}

/** A project's database on Node: a libSQL file, or a libSQL server. */
export async function openLibsql({ url, authToken, asItIs = false }: LibsqlOptions): Promise<Database> {
  // What speaks to servers takes longer to load than the rest of the driver: a file needs none of it.
  const local = /^(file:|:memory:)/.test(url);
  const { createClient } = local ? await import('@libsql/client/sqlite3') : await import('@libsql/client');
  // Over a busy file SQLite's own default is to fail at once.
  const client = createClient({ url, timeout: 5000, ...(authToken === undefined ? {} : { authToken }) });
  if (url.startsWith('file:') && !asItIs) {
    await client.execute('PRAGMA journal_mode = WAL');
    await client.execute('PRAGMA synchronous = NORMAL');
  }
  const one = (sql: string, params: readonly SqlValue[] = []) =>
    guarded(() => client.execute({ sql, args: args(params) }));
  const together = (statements: readonly Statement[]) => guarded(() => run(client, statements));
  return {
    all: async <T extends Row>(sql: string, params?: readonly SqlValue[]) => rowsOf<T>(await one(sql, params)),
    batch: async (statements) => (await together(statements)).map((result) => rowsOf(result)),
    values: async (sql, params) => valuesOf(await one(sql, params)),
    batchValues: async (statements) => (await together(statements)).map(valuesOf),
    close: () => client.close(),
  };
}

const run = (client: Client, statements: readonly Statement[]): Promise<ResultSet[]> =>
  client.batch(
    statements.map(({ sql, params }) => ({ sql, args: args(params ?? []) })),
    'write',
  );

// The client's type wants a mutable array; it only reads it.
const args = (params: readonly SqlValue[]): InValue[] => params as InValue[];

// The client answers integers as numbers unless it is told otherwise: no bigint, no boolean.
const fromClient = (value: Value): SqlValue =>
  value instanceof ArrayBuffer ? new Uint8Array(value) : (value as SqlValue);

const valuesOf = ({ columns, rows }: ResultSet): SqlValue[][] =>
  rows.map((row) => Array.from(columns, (_, i) => fromClient(row[i]!)));

function rowsOf<T extends Row>(result: ResultSet): T[] {
  const { columns } = result;
  return result.rows.map((row) => {
    const out: Row = {};
    for (let i = 0; i < columns.length; i++) {
      out[columns[i]!] = fromClient(row[i]!);
    }
    return out as T;
  });
}

async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw new DatabaseError(classify(cause instanceof Error ? `${codeOf(cause)} ${cause.message}` : ''), cause);
  }
}

const codeOf = (error: Error): string => ('code' in error ? String(error.code) : '');
