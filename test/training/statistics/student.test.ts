import { student95 } from '@tidemark/training/statistics/student';
import { describe, expect, test } from 'vitest';

describe('student95', () => {
  // scipy 1.17.1: stats.t.ppf(0.975, n).
  test.each([
    [1, 12.706204736174694],
    [2, 4.302652729749462],
    [3, 3.1824463052837078],
    [4, 2.7764451051977934],
    [5, 2.5705818356363146],
    [6, 2.4469118511449786],
    [7, 2.364624251592784],
    [10, 2.228138851986274],
    [29, 2.045229642132703],
    [30, 2.0422724563012378],
    [100, 1.9839715185235518],
    [299, 1.9679296690656698],
    [300, 1.9679030112610865],
    [301, 1.9678765312856952],
    [1000, 1.9623390808264083],
    [99_999, 1.9599877077718442],
  ])('%i degrees of freedom', (degrees, expected) => {
    expect(Math.abs(student95(degrees) / expected - 1)).toBeLessThan(1e-10);
  });

  test('falls with every degree, through the change of formula too', () => {
    for (let n = 1; n < 400; n++) expect(student95(n + 1)).toBeLessThan(student95(n));
  });
});
