import { epochOrder, splitFolders, stepsPerEpoch } from '@tidemark/training/split';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

describe('splitFolders', () => {
  test('sorts classes and files by code point, and takes the first fraction of each class for validation', () => {
    const split = splitFolders({ dogs: ['10.jpg', '2.jpg', '1.jpg'], Cats: ['b.jpg', 'a.jpg', 'B.jpg'] }, 0.34);
    expect(split.classes).toEqual(['Cats', 'dogs']);
    expect(split.validation).toEqual([
      { path: 'Cats/B.jpg', label: 0 },
      { path: 'dogs/1.jpg', label: 1 },
    ]);
    expect(split.training.map((file) => file.path)).toEqual(['Cats/a.jpg', 'Cats/b.jpg', 'dogs/10.jpg', 'dogs/2.jpg']);
  });

  test("walks as Keras does: a class's own files before its sub-folders', names in Python's order", () => {
    const { training } = splitFolders(
      { a: ['b/1.jpg', 'z.jpg', 'b-c/1.jpg', '\u{1f408}.jpg', '\uff21.jpg', 'b/c/0.jpg'] },
      0,
    );
    expect(training.map((file) => file.path)).toEqual([
      'a/z.jpg',
      'a/\uff21.jpg',
      'a/\u{1f408}.jpg',
      'a/b/1.jpg',
      'a/b-c/1.jpg',
      'a/b/c/0.jpg',
    ]);
  });

  test('the published split: 1,000 a class at 0.3 gives 1,400 and 600', () => {
    const files = Array.from({ length: 1000 }, (_, i) => `${String(i).padStart(4, '0')}.jpg`);
    const { training, validation } = splitFolders({ cats: files, dogs: files }, 0.3);
    expect([training.length, validation.length]).toEqual([1400, 600]);
    expect(stepsPerEpoch(training.length, 32)).toBe(44);
  });

  test.each([
    [3, 0.5, 1],
    [100, 0.29, 28], // 0.29 · 100 is a little below 29, and int() cuts, as in Keras
    [2, 0.4, 0],
    [7, 0.99, 6],
  ])('of %i files a share of %f keeps %i for validation', (n, share, kept) => {
    const files = Array.from({ length: n }, (_, i) => `${i}.jpg`);
    expect(splitFolders({ a: files }, share).validation).toHaveLength(kept);
  });

  test('every file is on one side, whatever order the folder was read in', () => {
    const folders = fc.dictionary(
      fc.stringMatching(/^[a-z]{1,5}$/),
      fc.uniqueArray(fc.stringMatching(/^[a-z0-9]{1,6}$/), { maxLength: 20 }),
    );
    fc.assert(
      fc.property(folders, fc.double({ min: 0, max: 0.99, noNaN: true }), (found, fraction) => {
        const split = splitFolders(found, fraction);
        const shuffled = Object.fromEntries(
          Object.entries(found)
            .reverse()
            .map(([name, files]) => [name, [...files].reverse()]),
        );
        expect(splitFolders(shuffled, fraction)).toEqual(split);
        const paths = [...split.training, ...split.validation].map((file) => file.path);
        expect(new Set(paths).size).toBe(paths.length);
        expect(paths.length).toBe(Object.values(found).reduce((sum, files) => sum + files.length, 0));
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
