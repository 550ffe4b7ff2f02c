import { appendBatch } from '@tidemark/api/metrics/append';
import { registerRun } from '@tidemark/api/runs/register';
import { expect, test } from 'vitest';
import { openDeps, START } from '../support/open-libsql.ts';

const user = { name: 'tester', scope: 'admin', tokenId: null } as const;
const BATCHES = 1000;

test('logging costs little more than a row a batch, sealing and compaction included', async () => {
  const { deps, close } = await openDeps({}, ':memory:');
  const run = await registerRun(deps, user, { experiment: 'rows' });
  const holder = { run: run.id, attempt: 1, token: run.session!.token };
  const written = async () => Number((await deps.db.all('SELECT total_changes() AS n'))[0]!.n);
  const before = await written();
  for (let seq = 1; seq <= BATCHES; seq++) {
    const series = Array.from({ length: 20 }, (_, key) => ({
      key: `metric/${key}`,
      steps: [seq],
      times: [START + seq],
      values: [key / seq],
    }));
    await appendBatch(deps, holder, { firstSeq: seq, lastSeq: seq, series, lines: [] });
  }
  const each = ((await written()) - before) / BATCHES;
  const [parts] = await deps.db.all('SELECT COUNT(*) AS n FROM metric_segments');
  expect(Number(parts!.n)).toBeGreaterThan(5);
  expect(each).toBeGreaterThan(1);
  expect(each).toBeLessThan(1.15);
  await close();
}, 60_000);
