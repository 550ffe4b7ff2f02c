import { expect, test } from 'vitest';
import { logCost } from '../bench/store/log-cost.ts';

test.each([1, 20])(
  'no log call of a thousand points of %d keys costs over 10 ms of CPU, parts and chapters included',
  async (keys) => {
    const { most, middle, largest } = await logCost({ keys, calls: 66, repetitions: 4 });
    // On a machine that does much else a millisecond of CPU does less.
    expect(most).toBeLessThan(10 * Math.max(1, middle / 0.6));
    expect(largest).toBeGreaterThan(30_000);
    expect(largest).toBeLessThanOrEqual(1_000_000);
  },
  120_000,
);
