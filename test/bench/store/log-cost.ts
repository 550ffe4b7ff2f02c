import { appendBatch } from '@tidemark/api/metrics/append';
import { registerRun } from '@tidemark/api/runs/register';
import { openDeps, START } from '../../support/open-libsql.ts';

const user = { name: 'bench', scope: 'admin', tokenId: null } as const;

export interface LogCost {
  /** CPU of the dearest call and of the middle one, in ms: of each call the least of the repetitions. */
  readonly most: number;
  readonly middle: number;
  /** Bytes of the largest stored value. */
  readonly largest: number;
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
  for (let repetition = 0; repetition < repetitions; repetition++) {
    const { deps, close } = await openDeps({}, ':memory:');
    const { id: run, session } = await registerRun(deps, user, { experiment: 'cost' });
    const holder = { run, attempt: 1, token: session!.token };
    for (let call = 0; call < calls; call++) {
      const seq = call + 1;
      const batch = { firstSeq: seq, lastSeq: seq, series: batchOf(keys, call), lines: [] };
      const before = process.cpuUsage();
      await appendBatch(deps, holder, batch);
      const { user: own, system } = process.cpuUsage(before);
      least[call] = Math.min(least[call]!, (own + system) / 1000);
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
  return { most: sorted.at(-1)!, middle: sorted[calls >> 1]!, largest };
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
