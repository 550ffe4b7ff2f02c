import type { Row, Statement } from '@tidemark/db/database';
import { LEVELS } from '../metrics/levels.ts';

/** A row on its way into a table. */
export interface NewRow {
  readonly table: string;
  readonly row: Row;
}

const PARAMS = 100;

/** Inserts in the order of the rows, many to a statement. What is there already stays as it is. */
export function insertRows(rows: readonly NewRow[]): Statement[] {
  const statements: Statement[] = [];
  let open: NewRow[] = [];
  const flush = (): void => {
    const [first] = open;
    if (!first) return;
    const columns = Object.keys(first.row);
    const values = `(${columns.map(() => '?').join(', ')})`;
    statements.push({
      sql: `INSERT INTO ${first.table} (${columns.join(', ')}) VALUES ${open.map(() => values).join(', ')} ON CONFLICT DO NOTHING`,
      params: open.flatMap(({ row }) => columns.map((column) => row[column]!)),
    });
    open = [];
  };
  for (const one of rows) {
    const { table, row } = one;
    if (table === 'metric_segments') {
      flush();
      statements.push(...segment(row));
      continue;
    }
    const [first] = open;
    const width = Object.keys(row).length;
    if (first && (!alike(first, one) || (open.length + 1) * width > PARAMS)) flush();
    open.push(one);
  }
  flush();
  return statements;
}

const alike = (a: NewRow, b: NewRow): boolean =>
  a.table === b.table && Object.keys(a.row).join() === Object.keys(b.row).join();

/** Large bytes stand in packs, as `metrics/compact.ts` writes them. An archive has them in the row: what is said of another place is not taken. */
function segment(row: Row): Statement[] {
  const { data, pack: _pack, volume: _volume, start: _start, size: _size, ...rest } = row;
  const columns = Object.keys(rest);
  const names = columns.join(', ');
  const marks = columns.map(() => '?').join(', ');
  const values = columns.map((column) => rest[column]!);
  if (row.level === LEVELS.step.coarse || row.level === LEVELS.time.coarse) {
    return [
      {
        sql: `INSERT INTO metric_segments (${names}, data, pack) VALUES (${marks}, ?, NULL) ON CONFLICT DO NOTHING`,
        params: [...values, data!],
      },
    ];
  }
  return [
    { sql: 'INSERT INTO metric_packs (data) VALUES (?)', params: [data!] },
    {
      sql: `INSERT INTO metric_segments (${names}, data, pack) VALUES (${marks}, x'', (SELECT MAX(id) FROM metric_packs))`,
      params: values,
    },
  ];
}
