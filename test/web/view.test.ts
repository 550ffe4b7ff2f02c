import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatOrdinals, parseOrdinals } from '../../web/state/ordinals.ts';
import { parseSearch, stringifySearch } from '../../web/state/search.ts';
import { DEFAULT_VIEW, readView, type View, writeView } from '../../web/state/view.ts';

const key = fc.stringMatching(/^[A-Za-z0-9_\-./: ]{1,20}$/);
const ordinals = fc.uniqueArray(fc.integer({ min: 1, max: 3000 }), { maxLength: 40 });
const finite = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e12, max: 1e12 });
const view: fc.Arbitrary<View> = fc.record({
  q: fc.string(),
  sort: fc.stringMatching(/^-?[A-Za-z0-9_./]{1,20}(,-?[A-Za-z0-9_./]{1,20})?$/),
  show: fc.oneof(
    fc.integer({ min: 1, max: 200 }).map((auto) => ({ auto })),
    ordinals.map((list) => ({ ordinals: [...list].sort((a, b) => a - b) })),
  ),
  tab: fc.constantFrom('charts', 'diff', 'runs'),
  x: fc.constantFrom('step', 'epoch', 'time', 'rel'),
  xr: fc.option(
    fc.tuple(finite, finite).filter(([low, high]) => low < high),
    { nil: null },
  ),
  smooth: fc.double({ min: 0, max: 1e9, noNaN: true }),
  ylog: fc.uniqueArray(key, { maxLength: 4 }),
  find: fc.string(),
  sec: fc.uniqueArray(key, { maxLength: 4 }),
  full: fc.string(),
  split: fc.oneof(fc.constant(0), fc.integer({ min: 240, max: 2000 })),
  all: fc.boolean(),
});

test('any view survives the address bar', () => {
  fc.assert(
    fc.property(view, (before) => {
      const address = stringifySearch(writeView(before));
      const { view: after, bad } = readView(parseSearch(address));
      expect(bad).toEqual([]);
      // -0 and 0 are one number in an address.
      expect(JSON.parse(JSON.stringify(after))).toEqual(JSON.parse(JSON.stringify(before)));
      expect(stringifySearch(writeView(after))).toBe(address);
    }),
    { verbose: true },
  );
});

test('the usual view needs no address at all', () => {
  expect(stringifySearch(writeView(DEFAULT_VIEW))).toBe('');
});

test('an address stays readable', () => {
  const address = stringifySearch(
    writeView({
      ...DEFAULT_VIEW,
      q: 'status = finished',
      sort: '-metrics.val/acc.max,created',
      show: { ordinals: [17, 18, 40, 41, 42, 43] },
      xr: [400, 2000],
    }),
  );
  expect(address).toBe('?q=status+=+finished&sort=-metrics.val/acc.max,created&show=17,18,40-43&xr=400:2000');
});

test('what cannot be understood is dropped and named', () => {
  const { view: read, bad } = readView({
    x: 'parsec',
    smooth: '-4',
    xr: '9:3',
    show: '5-',
    tab: 'diff',
    stranger: '1',
  });
  expect(bad.sort()).toEqual(['show', 'smooth', 'x', 'xr']);
  expect(read).toEqual({ ...DEFAULT_VIEW, tab: 'diff' });
});

test('garbage never throws', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...Object.keys(DEFAULT_VIEW)), fc.string()), (search) => {
      readView(search);
    }),
    { verbose: true },
  );
});

test('ordinals as ranges', () => {
  expect(formatOrdinals([52, 17, 18, 40, 41, 42])).toBe('17,18,40-42,52');
  expect(parseOrdinals('17,18,40-42')).toEqual([17, 18, 40, 41, 42]);
  expect(['', '0', '5-3', 'a', '1-5000', '1,,2'].map(parseOrdinals)).toEqual([null, null, null, null, null, null]);
});
