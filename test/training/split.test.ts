import { byCodePoint, epochOrder, heldOut, inWalkOrder, stepsPerEpoch } from '@tidemark/training/split';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

describe('the order of files', () => {
  test("is Python's: by code point, not by UTF-16 unit", () => {
    expect(['b', '\u{1f408}', 'B', '\uff21', '10', '2'].sort(byCodePoint)).toEqual([
      '10',
      '2',
      'B',
      'b',
      '\uff21',
      '\u{1f408}',
    ]);
  });

  test("walks as Keras does: a class's own files before its sub-folders'", () => {
    expect(['b/1.jpg', 'z.jpg', 'b-c/1.jpg', 'b/c/0.jpg'].sort(inWalkOrder)).toEqual([
      'z.jpg',
      'b/1.jpg',
      'b-c/1.jpg',
      'b/c/0.jpg',
    ]);
  });
});

describe('heldOut', () => {
  test('takes the first of each class', () => {
    expect([...heldOut([0, 0, 0, 1, 1, 1, 1], 0.5)]).toEqual([0, 3, 4]);
  });

  test('the published split: 1,000 a class at 0.3 gives 1,400 and 600', () => {
    const labels = Array.from({ length: 2000 }, (_, i) => Number(i >= 1000));
    const held = heldOut(labels, 0.3);
    expect(held.size).toBe(600);
    expect([held.has(299), held.has(300), held.has(1299), held.has(1300)]).toEqual([true, false, true, false]);
    expect(stepsPerEpoch(2000 - held.size, 32)).toBe(44);
  });

  test.each([
    [3, 0.5, 1],
    [100, 0.29, 28], // 0.29 · 100 is a little below 29, and int() cuts, as in Keras
    [2, 0.4, 0],
    [7, 0.99, 6],
  ])('of %i files a share of %f keeps %i for validation', (n, share, kept) => {
    expect(heldOut(new Array(n).fill(0), share).size).toBe(kept);
  });

  test('equals a naive count by class', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(3)), fc.double({ min: 0, max: 0.99, noNaN: true }), (labels, fraction) => {
        const held = heldOut(labels, fraction);
        for (const label of new Set(labels)) {
          const places = labels.flatMap((other, place) => (other === label ? [place] : []));
          const first = places.slice(0, Math.floor(fraction * places.length));
          expect(places.filter((place) => held.has(place))).toEqual(first);
        }
      }),
    );
  });
});

test('an epoch visits every image once, in an order of its own', () => {
  const [first, again, second] = [
    epochOrder(100, 3, 0, true),
    epochOrder(100, 3, 0, true),
    epochOrder(100, 3, 1, true),
  ];
  expect(first).toEqual(again);
  expect(first).not.toEqual(second);
  expect([...epochOrder(5, 3, 0, false)]).toEqual([0, 1, 2, 3, 4]);
});
