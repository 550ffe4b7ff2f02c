import { expect, test } from 'vitest';
import { logCost } from '../bench/store/log-cost.ts';

// Milliseconds of CPU are what `npm run bench -- ingest` prints: here they would depend on what else the machine does. What a call asks of the
// database does not, and it is what the milliseconds come from: every byte read is decoded, every byte sent was encoded.
test.each([
  [1, { statements: 24, sent: 580_000, read: 410_000 }],
  [20, { statements: 48, sent: 590_000, read: 425_000 }],
  [200, { statements: 56, sent: 730_000, read: 565_000 }],
  [1000, { statements: 32, sent: 420_000, read: 520_000 }],
])(
  'no log call of a thousand points of %d keys asks more of the database than its part and chapter need',
  async (keys, most) => {
    const { asked, largest } = await logCost({ keys, calls: 66, repetitions: 1 });
    for (const name of ['statements', 'sent', 'read'] as const) {
      expect(asked[name], name).toBeLessThanOrEqual(most[name]);
      // A part was made.
      expect(asked[name], name).toBeGreaterThan(most[name] / 2);
    }
    expect(largest).toBeGreaterThan(30_000);
    expect(largest).toBeLessThanOrEqual(1_000_000);
  },
  120_000,
);

test('calls that seal a chunk but fill no part read nothing that was stored', async () => {
  // Four parts of sixteen chunks, each read once; and the summary of twenty keys, each call.
  const { readInAll } = await logCost({ keys: 20, calls: 64, repetitions: 1 });
  expect(readInAll).toBeGreaterThan(64 * 24_000);
  expect(readInAll).toBeLessThan(64 * 30_000);
});
