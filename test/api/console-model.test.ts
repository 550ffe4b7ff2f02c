import { decodeLine, encodeLine, fold } from '@tidemark/api/console/line';
import { readConsole } from '@tidemark/api/console/read';
import { defaultLimits } from '@tidemark/api/deps';
import { appendBatch } from '@tidemark/api/metrics/append';
import { finishRun } from '@tidemark/api/runs/finish';
import { registerRun } from '@tidemark/api/runs/register';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openDeps } from '../support/open-libsql.ts';
import { seeded } from '../support/seed.ts';

const user = { name: 'tester', scope: 'admin', tokenId: null } as const;
const word = fc.constantFrom(
  'loss',
  'LOSS',
  'Val_Loss',
  '☃',
  '🐈',
  '"',
  '\\',
  '%',
  '\t',
  '\u001b[31m',
  '\u001b[0m',
  '\u001b]8;;x\u0007',
  '\u001b',
  'x'.repeat(900),
  ' ',
);
const line = fc.record({
  at: fc.nat(1_000_000),
  level: fc.constantFrom('debug' as const, 'info' as const, 'warn' as const, 'error' as const),
  stream: fc.constantFrom('log' as const, 'stdout' as const, 'stderr' as const),
  text: fc.array(word, { maxLength: 12 }).map((parts) => parts.join('').slice(0, 8192)),
});

test('a stored line is the line, and its words are what is read', () => {
  fc.assert(
    fc.property(line, (one) => {
      const { words, ...back } = decodeLine(encodeLine(one));
      expect(back).toEqual(one);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what is taken out
      expect(one.text.replaceAll(/\u001b(?:\[[0-9;]*m|\]8;;x\u0007)/g, '')).toBe(words);
    }),
    seeded(500),
  );
});

test('pages in both directions, filters and searches agree with a plain list, live and ended', async () => {
  const { deps, close } = await openDeps({}, ':memory:');
  const batches = fc.array(fc.array(line, { maxLength: 30 }), { maxLength: 12 });
  const asked = fc.record(
    {
      after: fc.nat(200),
      before: fc.integer({ min: 1, max: 200 }),
      tail: fc.constant(true),
      search: fc.constantFrom('loss', 'Loss', '"', '\\', '🐈', 'xx', 'absent', 'l_l', '\t'),
      stream: fc.constantFrom('stdout' as const, 'stderr' as const),
      level: fc.constantFrom('info' as const, 'warn' as const),
      limit: fc.integer({ min: 1, max: 50 }),
    },
    { requiredKeys: ['limit'] },
  );
  const gravity = ['debug', 'info', 'warn', 'error'];
  await fc.assert(
    fc.asyncProperty(batches, fc.array(asked, { maxLength: 6 }), fc.boolean(), async (printed, queries, ends) => {
      const run = await registerRun(deps, user, { experiment: 'console' });
      const token = run.session!.token;
      for (const [i, lines] of printed.entries()) {
        await appendBatch(
          deps,
          { run: run.id, attempt: 1, token },
          { firstSeq: i + 1, lastSeq: i + 1, series: [], lines },
        );
      }
      if (ends)
        await finishRun(deps, user, run.id, { attempt: 1, token, finalSeq: printed.length, outcome: 'finished' });
      const all = printed.flat().map((one, i) => ({ id: i + 1, attempt: 1, ...one }));
      for (const { after, before, tail, ...query } of queries) {
        const where = after !== undefined ? { after } : before !== undefined ? { before } : tail ? { tail } : {};
        const back = 'before' in where || 'tail' in where;
        const matching = all.filter(
          ({ id, text, stream, level }) =>
            id > (where.after ?? 0) &&
            id < (where.before ?? Number.POSITIVE_INFINITY) &&
            (query.stream === undefined || stream === query.stream) &&
            (query.level === undefined || gravity.indexOf(level) >= gravity.indexOf(query.level)) &&
            (query.search === undefined ||
              fold(decodeLine(encodeLine({ at: 0, level, stream, text })).words).includes(fold(query.search))),
        );
        const page = await readConsole(deps, run.id, { ...where, ...query });
        expect(page.lines).toEqual(back ? matching.slice(-query.limit) : matching.slice(0, query.limit));
        expect(page.total).toBe(all.length);
        // What the page looked through joins what the next one does.
        const rest = back
          ? matching.filter(({ id }) => id < page.previous)
          : matching.filter(({ id }) => id > page.next);
        expect(rest).toEqual(
          back
            ? matching.slice(0, -page.lines.length || undefined).slice(0, matching.length - page.lines.length)
            : matching.slice(page.lines.length),
        );
      }
    }),
    seeded(60),
  );
  await close();
}, 60_000);

test('a console that is full says so, and takes no more', async () => {
  const { deps, close } = await openDeps({ limits: { ...defaultLimits, console: 50_000 } }, ':memory:');
  const run = await registerRun(deps, user, { experiment: 'full' });
  const holder = { run: run.id, attempt: 1, token: run.session!.token };
  const lines = Array.from({ length: 100 }, (_, i) => ({
    at: i,
    level: 'info' as const,
    stream: 'stdout' as const,
    text: 'y'.repeat(90),
  }));
  for (let seq = 1; seq <= 10; seq++)
    await appendBatch(deps, holder, { firstSeq: seq, lastSeq: seq, series: [], lines });
  const page = await readConsole(deps, run.id, { tail: true, limit: 5000 });
  expect(page.lines.at(-1)).toMatchObject({
    level: 'warn',
    stream: 'log',
    text: 'The console is full: what follows is not kept.',
  });
  expect(page.lines.filter(({ stream }) => stream === 'log')).toHaveLength(1);
  expect(page.total).toBeGreaterThan(350);
  expect(page.total).toBeLessThan(500);
  await close();
});
