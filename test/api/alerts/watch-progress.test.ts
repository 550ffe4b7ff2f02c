import { createAlert } from '@tidemark/api/alerts/create';
import { registerRun } from '@tidemark/api/runs/register';
import { tick } from '@tidemark/api/tick';
import { createWebhook } from '@tidemark/api/webhooks/create';
import type { Database } from '@tidemark/db/database';
import { expect, test } from 'vitest';
import { openDeps } from '../../support/open-libsql.ts';

const MINUTE = 60_000;
const user = { name: 'tester', scope: 'admin', tokenId: null } as const;

test('a tick tells of fifty runs without progress, the next of the rest; rules that have nothing to say cost one look', async () => {
  const { deps: plain, clock, scheduled, settled, close } = await openDeps();
  let asked = 0;
  const counting = (db: Database): Database => ({
    ...db,
    all: (sql, params) => {
      asked++;
      return db.all(sql, params);
    },
    batch: (statements) => {
      asked++;
      return db.batch(statements);
    },
  });
  const deps = { ...plain, db: counting(plain.db) };
  const cost = async (): Promise<number> => {
    const before = asked;
    await tick(deps);
    return asked - before;
  };
  const messages = async (): Promise<unknown> => (await plain.db.all('SELECT COUNT(*) AS n FROM messages'))[0]!.n;
  const body = { url: 'http://127.0.0.1:1/', format: 'standard', timeoutSeconds: 1 } as const;
  const { id: webhook } = await createWebhook(deps, user, { name: 'nobody', ...body });
  for (let i = 0; i < 20; i++) await registerRun(deps, user, { experiment: `e${i % 2}` });
  await tick(deps);
  const without = await cost();
  for (let i = 0; i < 4; i++) {
    const rule = { kind: 'no_progress', minutes: 30 + i } as const;
    await createAlert(deps, user, { name: `alert ${i}`, rule, webhook, cooldownMinutes: null });
  }
  await tick(deps);
  const changes = async (): Promise<unknown> => (await plain.db.all('SELECT total_changes() AS n'))[0]!.n;
  const written = await changes();
  scheduled.length = 0;
  expect(await cost()).toBe(without + 1);
  expect(await changes()).toBe(written);
  expect(scheduled).toEqual([clock.now + 30 * MINUTE]);

  clock.now += 40 * MINUTE;
  for (const told of [50, 80, 80]) {
    scheduled.length = 0;
    await tick(deps);
    expect(await messages()).toBe(told);
    if (told === 50) expect(Math.min(...scheduled)).toBe(clock.now + 1000);
    await settled();
  }
  await close();
});
