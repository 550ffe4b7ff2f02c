import type { Query as Built } from 'drizzle-orm';
import { BaseSQLiteDatabase, SQLiteAsyncDialect } from 'drizzle-orm/sqlite-core';
import {
  type PreparedQueryConfig,
  type RemotePreparedQuery,
  SQLiteRemoteSession,
  type SqliteRemoteResult,
} from 'drizzle-orm/sqlite-proxy';
import type { Database, SqlValue, Statement } from './database.ts';

/** What `select`, `insert`, `update` and `delete` build. */
interface Query<T = unknown> {
  readonly _: { readonly result: T };
  prepare(): { getQuery(): Built; mapResult(response: unknown, isFromBatch?: boolean): unknown };
}

/** What each of a batch answers: a query as when it is awaited, SQL by hand its rows as arrays. */
type Answers<T> = { -readonly [K in keyof T]: T[K] extends Query<infer R> ? R : SqlValue[][] };

/** Drizzle over the port: a query that is awaited goes alone, those of a batch in one transaction. Errors are the port's. */
export const orm = (db: Database): Orm => new Orm(db);

class Orm extends BaseSQLiteDatabase<'async', SqliteRemoteResult> {
  readonly #db: Database;

  constructor(db: Database) {
    const dialect = new SQLiteAsyncDialect();
    super('async', dialect, new PortSession(db, dialect), undefined);
    this.#db = db;
  }

  /** All in one transaction, or none of them; queries and SQL by hand may be mixed. */
  async batch<const T extends readonly (Query | Statement)[]>(items: T): Promise<Answers<T>> {
    const prepared = items.map((item) => ('sql' in item ? item : item.prepare()));
    const results = await this.#db.batchValues(
      prepared.map((item) => ('sql' in item ? item : statementOf(item.getQuery()))),
    );
    // Drizzle maps the rows of a query to the type that the query itself states.
    return prepared.map((item, i) =>
      'sql' in item ? results[i] : item.mapResult({ rows: results[i] }, true),
    ) as Answers<T>;
  }
}

type Session = SQLiteRemoteSession<Record<string, never>, Record<string, never>>;

class PortSession extends SQLiteRemoteSession<Record<string, never>, Record<string, never>> {
  constructor(db: Database, dialect: SQLiteAsyncDialect) {
    const ask = async (sql: string, params: SqlValue[], method: string) => {
      const rows: unknown[] = await db.values(sql, params);
      // `get` wants its one row, or undefined, where the driver's type says rows.
      return { rows: method === 'get' ? (rows[0] as unknown[]) : rows };
    };
    super(ask, dialect, undefined);
  }

  /** Every query runs through `queryWithCache`, which wraps errors in drizzle's own, parameters and all. */
  override prepareQuery<T extends Omit<PreparedQueryConfig, 'run'>>(
    ...given: Parameters<Session['prepareQuery']>
  ): RemotePreparedQuery<T> {
    const queryWithCache = (_sql: string, _params: unknown[], query: () => Promise<unknown>) => query();
    return Object.assign(super.prepareQuery<T>(...given), { queryWithCache });
  }

  override transaction(): Promise<never> {
    throw new Error('the port has no interactive transactions: use batch');
  }
}

// Columns have encoded their parameters by now: the port's values are what SQLite takes.
const statementOf = ({ sql, params }: Built): Statement => ({ sql, params: params as SqlValue[] });
