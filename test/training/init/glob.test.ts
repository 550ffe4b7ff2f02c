import { globCaptures, globMatches, selects } from '@tidemark/training/glob';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';

test.each([
  ['block*', 'block1_conv', true],
  ['block*', 'a_block1', false],
  ['*_bn', 'stem_bn', true],
  ['block?_bn', 'block12_bn', false],
  ['a*b*c', 'axxbyyc', true],
  ['a*b*c', 'axxbyyd', false],
  ['*', '', true],
  ['', 'a', false],
])('%s of %s: %s', (pattern, text, matches) => {
  expect(globMatches(pattern, text)).toBe(matches);
});

test('both ways of matching agree, and what the stars stand for puts the text together again', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*', '?', '/'), maxLength: 8 });
  fc.assert(
    fc.property(letters, letters, (pattern, raw) => {
      const text = raw.replaceAll(/[*?]/g, 'a');
      const captured = globCaptures(pattern, text);
      expect(captured !== null).toBe(globMatches(pattern, text));
      if (!captured) return;
      let next = 0;
      expect(pattern.replaceAll(/[*?]/g, () => captured[next++]!)).toBe(text);
    }),
    { numRuns: 2000 },
  );
});

test('many stars on a long name take no time', () => {
  expect(globMatches(`${'*a'.repeat(20)}b`, 'a'.repeat(10_000))).toBe(false);
});

test('patterns that begin with ! take names back, wherever they stand', () => {
  const named = (patterns: string[]) => ['stem', 'block1', 'fc'].filter((name) => selects(patterns, name));
  expect(named(['*', '!fc'])).toEqual(['stem', 'block1']);
  expect(named(['!block*', '*'])).toEqual(['stem', 'fc']);
  expect(named(['!fc'])).toEqual([]);
});
