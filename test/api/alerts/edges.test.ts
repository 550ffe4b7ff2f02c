import { createAlert } from '@tidemark/api/alerts/create';
import { replayRun } from '@tidemark/api/alerts/replay-run';
import type { AlertRule } from '@tidemark/api/contract/alerts';
import { logRun } from '@tidemark/api/metrics/log';
import { registerRun } from '@tidemark/api/runs/register';
import { createWebhook } from '@tidemark/api/webhooks/create';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openDeps } from '../../support/open-libsql.ts';
import { seeded } from '../../support/seed.ts';

const user = { name: 'tester', scope: 'admin', tokenId: null } as const;
const value = fc.oneof(
  fc.integer({ min: -3, max: 3 }),
  fc.constantFrom<'NaN' | 'Infinity' | '-Infinity'>('NaN', 'Infinity', '-Infinity'),
);
const batches = fc.array(fc.array(value, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 6 });
const rules: fc.Arbitrary<AlertRule> = fc.oneof(
  fc.record({
    kind: fc.constant('metric' as const),
    key: fc.constantFrom('a', 'b'),
    op: fc.constantFrom('>' as const, '>=' as const, '<' as const, '<=' as const),
    value: fc.integer({ min: -2, max: 2 }),
  }),
  fc.record({ kind: fc.constant('nan' as const), key: fc.constant('a') }),
);
const holds = (rule: AlertRule, given: number | string): boolean => {
  const number = Number(given);
  if (rule.kind === 'nan') return !Number.isFinite(number);
  if (rule.kind !== 'metric') return false;
  const { op, value: limit } = rule;
  if (op === '>') return number > limit;
  if (op === '>=') return number >= limit;
  return op === '<' ? number < limit : number <= limit;
};

test('what fires live is what replay finds, and what a list of the points says', async () => {
  const { deps, clock, close } = await openDeps({}, ':memory:');
  const webhook = await createWebhook(deps, user, {
    name: 'nobody',
    url: 'https://example.org/',
    format: 'standard',
    timeoutSeconds: 1,
  });
  let number = 0;
  await fc.assert(
    fc.asyncProperty(rules, batches, fc.option(fc.integer({ min: 1, max: 4 })), async (rule, all, cooldownMinutes) => {
      number++;
      const run = await registerRun(deps, user, { experiment: `experiment ${number}` });
      const name = `alert ${number}`;
      const alert = await createAlert(deps, user, { name, rule, webhook: webhook.id, run: run.id, cooldownMinutes });
      const expected: number[] = [];
      let [step, armed, last] = [0, true, Number.NEGATIVE_INFINITY];
      for (const values of all) {
        clock.now += 60_000;
        const steps = values.map(() => ++step);
        // A batch's points have the server's time, as the live rule sees it.
        const times = values.map(() => clock.now);
        await logRun(deps, run.id, { series: [{ key: 'a', steps, times, values }], lines: [] });
        for (const [i, one] of values.entries()) {
          const yes = (rule.kind === 'nan' || (rule.kind === 'metric' && rule.key === 'a')) && holds(rule, one);
          const ready = armed && clock.now - last >= (cooldownMinutes ?? 0) * 60_000;
          if (yes && ready) {
            expected.push(steps[i]!);
            [armed, last] = [false, clock.now];
          } else if (!yes && cooldownMinutes !== null) armed = true;
        }
      }
      const rows = await deps.db.all(
        "SELECT payload ->> '$.data.step' AS step FROM messages WHERE alert_id = ? ORDER BY CAST(payload ->> '$.data.step' AS INTEGER)",
        [alert.id],
      );
      expect(rows.map((row) => Number(row.step))).toEqual(expected);
      const replayed = await replayRun(deps, run.id, { rule, cooldownMinutes });
      expect(replayed.map((firing) => firing.step)).toEqual(expected);
    }),
    seeded(60),
  );
  await close();
}, 60_000);
