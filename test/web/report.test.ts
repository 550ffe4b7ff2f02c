import { expect, test } from 'vitest';
import { readReport } from '../../web/pages/run/report.ts';

test('precision and recall follow from the confusion matrix where the report does not say them', () => {
  const report = readReport(
    JSON.stringify({
      loss: 0.41,
      accuracy: 0.826,
      classes: ['cats', 'dogs'],
      confusion: [
        [402, 98],
        [76, 424],
      ],
    }),
  );
  expect(report?.perClass).toEqual([
    { name: 'cats', precision: 402 / 478, recall: 402 / 500, support: 500 },
    { name: 'dogs', precision: 424 / 522, recall: 424 / 500, support: 500 },
  ]);
  expect(report?.wrong).toEqual([]);
});

test('a class that was never said has no precision', () => {
  const report = readReport(
    JSON.stringify({
      classes: ['a', 'b'],
      confusion: [
        [0, 3],
        [0, 2],
      ],
    }),
  );
  expect(report?.perClass.map(({ precision, recall }) => [precision, recall])).toEqual([
    [null, 0],
    [2 / 5, 1],
  ]);
});

test('what is no report is null, not an exception', () => {
  for (const text of [
    '',
    '[]',
    '{}',
    '{"classes":["a"],"confusion":[[1,2]]}',
    '{"classes":["a","b"],"confusion":[[1,2]]}',
  ])
    expect(readReport(text)).toBeNull();
});
