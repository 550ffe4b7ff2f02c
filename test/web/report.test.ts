import type { TestReport } from '@tidemark/training/test-report';
import { expect, test } from 'vitest';
import { readReport } from '../../web/pages/run/report.ts';
import { readSamples } from '../../web/pages/run/samples.ts';

const report: TestReport = {
  mode: 'binary',
  loss: 0.41,
  accuracy: 0.826,
  metrics: { accuracy: 0.826, auc: 0.9 },
  images: 1000,
  step: 44,
  epoch: 1,
  classes: ['cats', 'dogs'],
  confusion: [
    [402, 98],
    [76, 424],
  ],
  perClass: [
    { class: 'cats', precision: 0.841, recall: 0.804, f1: 0.822, auc: 0.9, images: 500 },
    { class: 'dogs', precision: null, recall: 0.848, f1: null, auc: null, images: 500 },
  ],
  curves: [{ class: 'dogs', roc: { x: [0, 1], y: [0, 1] }, pr: { x: [1], y: [0.5] } }],
  wrong: [{ file: 'cats/cat.1.jpg', label: 'cats', predicted: 'dogs', probability: 0.99, image: 'test/wrong/00.jpg' }],
};

test('a worker’s report is read as it is', () => {
  expect(readReport(JSON.stringify(report))).toEqual(report);
  const { accuracy: _, ...numbers } = { ...report, mode: 'regression', confusion: [], perClass: [], curves: [] };
  expect(readReport(JSON.stringify(numbers))).toEqual(numbers);
});

test('what is no report is null, not an exception', () => {
  const broken: unknown[] = [
    [],
    {},
    null,
    { ...report, confusion: [[1, 2]] },
    { ...report, confusion: [[1], [2]] },
    { ...report, wrong: [{}] },
    { ...report, perClass: 3 },
    { ...report, curves: [{ class: 'dogs', roc: { x: ['a'], y: [0] }, pr: { x: [], y: [] } }] },
  ];
  for (const value of broken) expect(readReport(JSON.stringify(value))).toBeNull();
  expect(readReport('{')).toBeNull();
});

test('the gallery’s facts: how it was made, and how many images there are of each class', () => {
  const text = JSON.stringify({
    kind: 'augmented',
    rows: 2,
    columns: 4,
    counts: { 'train/cats': 700 },
    samples: [{ file: 'cats/cat.1.jpg', draws: { theta: 12 } }],
  });
  expect(readSamples(text)).toEqual({
    counts: { 'train/cats': 700 },
    caption: 'One training image, cats/cat.1.jpg, drawn anew in each cell by this run’s augmentation.',
  });
  expect(readSamples('[]')).toBeNull();
  expect(readSamples('x')).toBeNull();
  expect(readSamples(undefined)).toBeNull();
});
