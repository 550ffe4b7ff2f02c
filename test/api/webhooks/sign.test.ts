import { MOST_ATTEMPTS, retryDelay } from '@tidemark/api/webhooks/retry';
import { newWebhookSecret } from '@tidemark/api/webhooks/secret';
import { signWebhook } from '@tidemark/api/webhooks/sign';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { expect, test } from 'vitest';
import { seeded } from '../../support/seed.ts';

test('signatures are those of the specification’s own library', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ minLength: 24, maxLength: 64 }),
      fc.stringMatching(/^msg_[0-9a-f]{32}$/),
      fc.integer({ min: 1, max: 2 ** 32 }),
      fc.string({ unit: 'grapheme' }),
      async (bytes, id, seconds, payload) => {
        const secret = `whsec_${Buffer.from(bytes).toString('base64')}`;
        const ours = await signWebhook([secret], id, seconds, payload);
        expect(ours).toBe(new Webhook(secret).sign(id, new Date(seconds * 1000), payload));
      },
    ),
    seeded(100),
  );
});

test('with two secrets either verifies', async () => {
  const secrets = [1, 2].map((fill) => newWebhookSecret((length) => new Uint8Array(length).fill(fill)));
  const seconds = Math.floor(Date.now() / 1000);
  const headers = {
    'webhook-id': 'msg_1',
    'webhook-timestamp': String(seconds),
    'webhook-signature': await signWebhook(secrets, 'msg_1', seconds, '{"a":1}'),
  };
  for (const secret of secrets) expect(new Webhook(secret).verify('{"a":1}', headers)).toEqual({ a: 1 });
  expect(() => new Webhook(secrets[0]!).verify('{"a":2}', headers)).toThrow();
});

test('the schedule is the specification’s: ten attempts over 75 h 35 min 5 s, each wait with full jitter', () => {
  expect(MOST_ATTEMPTS).toBe(10);
  let total = 0;
  for (let attempt = 1; attempt < MOST_ATTEMPTS; attempt++) total += retryDelay(attempt, 1, null)!;
  expect(total).toBe(((75 * 60 + 35) * 60 + 5) * 1000);
  expect(retryDelay(10, 0.5, null)).toBeNull();
  expect(retryDelay(3, 0, null)).toBe(1000);
  expect(retryDelay(2, 0.5, null)).toBe(150_000);
  expect(retryDelay(1, 0.5, 120)).toBe(120_000);
  expect(retryDelay(1, 0.5, 10 ** 9)).toBe(86_400_000);
});
