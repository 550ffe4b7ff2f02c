import { claimRun } from '@tidemark/api/leases/claim';
import { registerRun } from '@tidemark/api/runs/register';
import { waitReason } from '@tidemark/api/runs/waits';
import { helloWorker } from '@tidemark/api/workers/hello';
import { workerRows } from '@tidemark/api/workers/rows';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { config } from '../contract/documents.ts';
import { openDeps } from '../support/open-libsql.ts';
import { seeded } from '../support/seed.ts';

const labels = fc.uniqueArray(fc.constantFrom('gpu', 'gpu=a', 'site=lab', 'Big', 'big', 'x.y/z', 'a-b'), {
  maxLength: 4,
});
const runs = fc.array(fc.record({ requires: labels, priority: fc.integer({ min: -1, max: 1 }) }), { maxLength: 6 });
const user = { name: 'tester', scope: 'admin', tokenId: null } as const;
const host = { hostname: 'h', os: 'l', cpu: 'c', cores: 1, memory: 1, gpus: [], node: '20', version: '0' };
const about = { name: 'w', slots: 99, engine: 'onnx', device: 'cpu', host, state: 'active' } as const;

test('a claim takes the first run by priority and number whose labels are all the worker’s; the reason agrees', async () => {
  await fc.assert(
    fc.asyncProperty(runs, fc.array(labels, { minLength: 1, maxLength: 6 }), async (queue, claims) => {
      const { deps, close } = await openDeps({}, ':memory:');
      try {
        const waiting = [];
        for (const { requires, priority } of queue) {
          const { id } = await registerRun(deps, user, { experiment: 'labels', config: config(), requires, priority });
          waiting.push({ id, requires, priority });
        }
        waiting.sort((a, b) => b.priority - a.priority);
        for (const [index, own] of claims.entries()) {
          await helloWorker(deps, 'w', { ...about, labels: own });
          const [worker] = await workerRows(deps, 'w');
          const expected = waiting.find(({ requires }) => requires.every((label) => own.includes(label)));
          for (const { requires } of waiting) {
            const able = requires.every((label) => own.includes(label));
            expect(/no live worker has/.test(waitReason(requires, [worker!], 0, deps.now()))).toBe(!able);
          }
          const { lease } = await claimRun(deps, { claimId: `claim-${index}`, worker: 'w', labels: own });
          expect(lease?.run).toBe(expected?.id);
          if (expected) waiting.splice(waiting.indexOf(expected), 1);
        }
      } finally {
        await close();
      }
    }),
    seeded(60),
  );
}, 60_000);
