import { type Database, DatabaseError, originOf, type Statement } from '@tidemark/db/database';
import * as schema from '@tidemark/db/schema/index';
import { is } from 'drizzle-orm';
import { getTableConfig, SQLiteTable } from 'drizzle-orm/sqlite-core';

// A token that is restricted to experiments reads through a database in which nothing else is: in front of every statement stand
// common table expressions that take the place of the tables which it names, each the rows of these experiments only. A name with
// its schema (`main.runs`) is always the table itself. So a read need not know of restrictions to obey them, a new one neither, and
// a table of which nothing is known is empty. Only reads go here: a write that deletes "what nothing names" would not see all names.

/** Of the whole project, whoever reads: what runs of any experiment are made from and where. */
const SHARED = new Set(['datasets', 'dataset_parts', 'weights', 'workers', 'project']);

/** A run starts from what registration looked up, not from a file on a worker's disk, of which a config may say any digest. */
const FOUND = `(resolved ->> '$.init.from' GLOB 'models:/*' OR resolved ->> '$.init.from' GLOB '*/best'
  OR resolved ->> '$.init.from' GLOB '*/latest' OR rtrim(resolved ->> '$.init.from', '0123456789') GLOB '*/')`;

/** Bytes that something visible names; a digest alone is no right to them. */
const BLOBS = `SELECT * FROM main.blobs WHERE digest IN (SELECT digest FROM artifacts UNION SELECT digest FROM checkpoints
  UNION SELECT digest FROM weights UNION SELECT file.value ->> 1 FROM dataset_parts, json_each(dataset_parts.data) AS file
  UNION SELECT resolved ->> '$.init.digest' FROM run_documents WHERE resolved ->> '$.init.digest' IS NOT NULL AND ${FOUND})`;

const runsOf = (ids: string): string => `SELECT id FROM main.runs WHERE experiment_id IN (${ids})`;
const alertsOf = (ids: string): string => `experiment_id IN (${ids}) OR run IN (${runsOf(ids)})`;
const messagesOf = (ids: string): string =>
  `run IN (${runsOf(ids)}) OR (run IS NULL AND alert_id IN (SELECT id FROM main.alerts WHERE ${alertsOf(ids)}))`;

/** Tables whose rows are told apart otherwise than by a column of the run or the experiment. */
const OTHERWISE: Readonly<Record<string, (ids: string) => string>> = {
  experiments: (ids) => `id IN (${ids})`,
  alerts: alertsOf,
  webhooks: (ids) => `id IN (SELECT webhook_id FROM main.alerts WHERE ${alertsOf(ids)})`,
  messages: messagesOf,
  deliveries: (ids) => `message IN (SELECT id FROM main.messages WHERE ${messagesOf(ids)})`,
};

/** How each table's rows are told apart, in an order in which each is defined by earlier ones. */
const tables: readonly { name: string; rows: (ids: string) => string }[] = Object.values(schema)
  .filter((value) => is(value, SQLiteTable))
  .map((table) => getTableConfig(table))
  .filter(({ name }) => !SHARED.has(name))
  .map(({ name, columns }) => {
    const has = (column: string) => columns.some((one) => one.name === column);
    const rows = (ids: string): string => {
      const all = `SELECT * FROM main.${name} WHERE`;
      if (name === 'blobs') return BLOBS;
      const otherwise = OTHERWISE[name];
      if (otherwise) return `${all} (${otherwise(ids)})`;
      if (has('experiment_id')) return `${all} experiment_id IN (${ids})`;
      if (has('run')) return `${all} run IN (${runsOf(ids)})`;
      return `${all} 0`;
    };
    return { name, rows };
  })
  .sort((a, b) => Number(a.name === 'blobs') - Number(b.name === 'blobs'));

/** The same database with these experiments only. Writes are refused. */
export function restrictedTo(db: Database, experiments: readonly number[]): Database {
  // Whole numbers by the token's schema: they need no parameters, of which a statement has only a hundred.
  const ids = experiments.filter(Number.isSafeInteger).join(', ');
  const view = (statement: Statement): Statement => ({ ...statement, sql: shadowed(statement.sql, ids) });
  return {
    all: (sql, params) => db.all(shadowed(sql, ids), params),
    values: (sql, params) => db.values(shadowed(sql, ids), params),
    batch: (statements) => db.batch(statements.map(view)),
    batchValues: (statements) => db.batchValues(statements.map(view)),
    close: () => {},
    origin: originOf(db),
  };
}

function shadowed(sql: string, ids: string): string {
  const start = /^\s*(WITH\s+(?:RECURSIVE\s+)?)?/i.exec(sql)!;
  const rest = sql.slice(start[0].length);
  if (!start[1] && !/^(SELECT|VALUES)\b/i.test(rest))
    throw new DatabaseError('other', new Error(`a restricted token's read wrote: ${sql.slice(0, 80)}`));
  if (/\bmain\s*\./i.test(sql))
    throw new DatabaseError('other', new Error('a statement names a table past its restriction'));
  const words = new Set(sql.match(/\w+/g));
  if (words.has('blobs')) for (const name of ['artifacts', 'checkpoints', 'run_documents']) words.add(name);
  const named = tables.filter(({ name }) => words.has(name));
  if (named.length === 0) return sql;
  const shadows = named.map(({ name, rows }) => `${name} AS NOT MATERIALIZED (${rows(ids)})`).join(',\n');
  return `${start[1] ?? 'WITH '}${shadows}${start[1] ? ', ' : '\n'}${rest}`;
}
