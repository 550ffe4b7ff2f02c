import { appendBatch } from '@tidemark/api/metrics/append';
import { registerRun } from '@tidemark/api/runs/register';
import type { Database, Row, SqlValue, Statement } from '@tidemark/db/database';
import { openDeps, START } from '../../support/open-libsql.ts';

const user = { name: 'bench', scope: 'admin', tokenId: null } as const;

export interface LogCost {
  /** CPU of the dearest call and of the middle one, in ms: of each call the least of the repetitions. */
  readonly most: number;
  readonly middle: number;
  /** Bytes of the largest stored value. */
  readonly largest: number;
  /** What one call asks of the database at most: the same on every machine. */
  readonly asked: Traffic;
  /** Bytes that the answers to all calls bring. */
  readonly readInAll: number;
}

export interface Traffic {
  statements: number;
  /** Bytes of text and blobs that statements carry, and that answers bring. */
  sent: number;
  read: number;
}

const sizeOf = (values: Iterable<unknown>): number => {
  let size = 0;
  for (const value of values) if (typeof value === 'string' || value instanceof Uint8Array) size += value.length;
  return size;
};

/** The same database, counting. */
function counting(db: Database): { db: Database; traffic: Traffic } {
  const traffic = { statements: 0, sent: 0, read: 0 };
  const send = ({ params = [] }: Statement) => {
    traffic.statements++;
    traffic.sent += sizeOf(params);
  };
  const read = (rows: Row[]) => {
    for (const row of rows) traffic.read += sizeOf(Object.values(row));
  };
  return {
    traffic,
    db: {
      ...db,
      async all<R extends Row>(sql: string, params?: readonly SqlValue[]) {
        send({ sql, params: params ?? [] });
        const rows = await db.all<R>(sql, params);
        read(rows);
        return rows;
      },
      async batch(statements) {
        for (const statement of statements) send(statement);
        const all = await db.batch(statements);
        for (const rows of all) read(rows);
        return all;
      },
    },
  };
}

/**
 * What log calls of a thousand points cost in the process that holds the database, sealing, parts and chapters included. The same calls are
 * made over and over on fresh databases, because another program or a garbage collection makes any single one dear.
 */
export async function logCost({
  keys = 20,
  calls = 100,
  repetitions = 5,
}: {
  readonly keys?: number;
  readonly calls?: number;
  readonly repetitions?: number;
} = {}): Promise<LogCost> {
  const least = Array<number>(calls).fill(Number.POSITIVE_INFINITY);
  let largest = 0;
  let readInAll = 0;
  const asked: Traffic = { statements: 0, sent: 0, read: 0 };
  for (let repetition = 0; repetition < repetitions; repetition++) {
    const { deps: opened, close } = await openDeps({}, ':memory:');
    const { db, traffic } = counting(opened.db);
    const deps = { ...opened, db };
    const { id: run, session } = await registerRun(deps, user, { experiment: 'cost' });
    const holder = { run, attempt: 1, token: session!.token };
    readInAll = 0;
    for (let call = 0; call < calls; call++) {
      const seq = call + 1;
      const batch = { firstSeq: seq, lastSeq: seq, series: batchOf(keys, call), lines: [] };
      Object.assign(traffic, { statements: 0, sent: 0, read: 0 });
      const before = process.cpuUsage();
      await appendBatch(deps, holder, batch);
      const { user: own, system } = process.cpuUsage(before);
      least[call] = Math.min(least[call]!, (own + system) / 1000);
      readInAll += traffic.read;
      for (const name of ['statements', 'sent', 'read'] as const) asked[name] = Math.max(asked[name], traffic[name]);
    }
    const [row] = await deps.db.all(
      `SELECT MAX(bytes) AS bytes FROM (SELECT MAX(length(data)) AS bytes FROM metric_packs
         UNION ALL SELECT MAX(length(data)) FROM metric_segments UNION ALL SELECT MAX(length(data)) FROM metric_chunks
         UNION ALL SELECT MAX(length(tail)) FROM live UNION ALL SELECT MAX(length(summary)) FROM live)`,
    );
    largest = Math.max(largest, Number(row!.bytes));
    await close();
  }
  const sorted = least.toSorted((a, b) => a - b);
  return { most: sorted.at(-1)!, middle: sorted[calls >> 1]!, largest, asked, readInAll };
}

function batchOf(keys: number, call: number) {
  const per = 1000 / keys;
  return Array.from({ length: keys }, (_, key) => {
    const steps = Array.from({ length: per }, (_, i) => call * per + i);
    return {
      key: `metric/${key}`,
      steps,
      times: steps.map((step) => START + 100 * step),
      values: steps.map((step) => Math.sin(step * 12.9898 + key)),
    };
  });
}
