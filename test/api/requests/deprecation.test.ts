import { listRuns } from '@tidemark/api/contract/runs';
import { deprecationHeaders } from '@tidemark/api/requests/deprecation';
import { replyTo } from '@tidemark/api/requests/reply';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { seeded } from '../../support/seed.ts';

const going = (since: string, sunset: string) => ({ ...listRuns, deprecated: { since, sunset, instead: 'other' } });

test('a route that will go says so in each reply: RFC 9745, RFC 8594', () => {
  const { headers } = replyTo(new Request('http://x/'), going('2026-01-31', '2026-08-01'), {});
  expect(headers.get('deprecation')).toBe('@1769817600');
  expect(headers.get('sunset')).toBe('Sat, 01 Aug 2026 00:00:00 GMT');
  expect(headers.get('link')).toBe('</docs#versions>; rel="deprecation"; type="text/html"');
});

test('one that stays says nothing', () => {
  expect(deprecationHeaders(listRuns)).toEqual({});
  expect(replyTo(new Request('http://x/'), listRuns, {}).headers.has('deprecation')).toBe(false);
});

test('its days are those of the calendar', () => {
  const day = fc.date({ min: new Date('1970-01-01'), max: new Date('2399-12-31'), noInvalidDate: true });
  fc.assert(
    fc.property(day, (date) => {
      const text = date.toISOString().slice(0, 10);
      const midnight = new Date(text);
      expect(deprecationHeaders(going(text, text))).toMatchObject({
        deprecation: `@${midnight.getTime() / 1000}`,
        sunset: midnight.toUTCString(),
      });
    }),
    seeded(500),
  );
});

test('what is no day is a mistake of ours', () => {
  expect(() => deprecationHeaders(going('soon', '2026-08-01'))).toThrow('soon is no day');
});
