import type { Run } from '@tidemark/api/contract/runs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { comparable } from '../../web/state/comparable.ts';
import { diffRows } from '../../web/state/diff.ts';
import { flatten } from '../../web/state/flatten.ts';
import { halfLifeAt, halfLifeText, positionOf } from '../../web/state/half-life.ts';
import { experimentId, experimentKey } from '../../web/state/links.ts';
import { mergeOrder } from '../../web/state/merge-order.ts';
import { isGoal, metricMode } from '../../web/state/metric-mode.ts';
import { mlflowLink } from '../../web/state/mlflow-link.ts';
import { noCheckpoint, placeOf, primaryMetric } from '../../web/state/primary.ts';
import { projectOf } from '../../web/state/project.ts';
import { keyMatcher, sectionsOf } from '../../web/state/sections.ts';

describe('the order of rows', () => {
  test('new runs wait above, scrolled pages are appended, what is gone goes', () => {
    expect(mergeOrder(['c', 'b', 'a'], ['e', 'd', 'c', 'a', 'z'])).toEqual({
      ids: ['c', 'a', 'z'],
      waiting: 2,
      moved: false,
    });
  });
  test('a changed sort is told, not done', () => {
    expect(mergeOrder(['a', 'b'], ['b', 'a'])).toEqual({ ids: ['a', 'b'], waiting: 0, moved: true });
  });
  test('the first rows appear at once', () => {
    expect(mergeOrder([], ['a', 'b'])).toEqual({ ids: ['a', 'b'], waiting: 0, moved: false });
  });
  test('fresh data never moves a row that stays', () => {
    const list = fc.uniqueArray(fc.integer({ min: 0, max: 40 }).map(String));
    fc.assert(
      fc.property(list, list, (applied, fresh) => {
        const { ids } = mergeOrder(applied, fresh);
        const kept = applied.filter((id) => fresh.includes(id));
        expect(ids.slice(0, kept.length)).toEqual(kept);
        expect(new Set(ids).size).toBe(ids.length);
      }),
      { verbose: true },
    );
  });
});

test('configs differ by their leaves; lists of plain values are one; names are no difference', () => {
  const run = (name: string, rate: number) => ({
    config: {
      resolved: { name, experiment: name, optimizer: { name: 'Adam', rate }, data: { image_size: [180, 180] } },
    },
    params: {},
  });
  const rows = diffRows([comparable(run('a', 1)), comparable(run('b', 2))]);
  expect(rows.filter((row) => row.differs)).toEqual([{ key: 'optimizer.rate', values: ['1', '2'], differs: true }]);
  expect(flatten({ a: [1, 2], b: [{ c: 1 }] })).toEqual(
    new Map([
      ['a', '[1,2]'],
      ['b.0.c', '1'],
    ]),
  );
});

test('a layer that was put in is one row, not a shift of all that follow', () => {
  const net = (...layers: object[]) => comparable({ config: { resolved: { model: { layers } } }, params: {} });
  const conv = { type: 'Conv2D', filters: 8 };
  const dense = { type: 'Dense', units: 1 };
  const drop = { type: 'Dropout', rate: 0.5 };
  const rows = diffRows([net(conv, conv, dense), net(conv, conv, drop, dense), net(conv, dense)]);
  expect(rows.map(({ values }) => values)).toEqual([
    ['Conv2D filters=8', 'Conv2D filters=8', 'Conv2D filters=8'],
    ['Conv2D filters=8', 'Conv2D filters=8', null],
    [null, 'Dropout rate=0.5', null],
    ['Dense units=1', 'Dense units=1', 'Dense units=1'],
  ]);
});

test('every layer of every run has its row, in its own order', () => {
  const list = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 8 });
  fc.assert(
    fc.property(fc.array(list, { minLength: 1, maxLength: 4 }), (documents) => {
      const rows = diffRows(documents.map((layers) => ({ leaves: new Map(), layers })));
      documents.forEach((layers, index) => {
        expect(rows.map(({ values }) => values[index]).filter((value) => value !== null)).toEqual(layers);
      });
    }),
    { verbose: true },
  );
});

test('sections: the first metric, validation, training; the machine’s own last', () => {
  const keys = ['system/gpu', 'loss', 'batch/loss', 'epoch', 'val_accuracy', 'val_loss', 'accuracy'];
  expect(sectionsOf(keys, 'val_loss')).toEqual([
    { name: '', keys: ['val_loss', 'val_accuracy', 'accuracy', 'loss'] },
    { name: 'batch', keys: ['batch/loss'] },
    { name: 'system', keys: ['system/gpu'] },
  ]);
  expect(['val', '/^loss$/', '/(/', ''].map((find) => keys.filter(keyMatcher(find)).length)).toEqual([2, 1, 0, 7]);
});

test('which way is better, from the name', () => {
  expect(['loss', 'val_loss', 'test/error', 'accuracy', 'val/auc', 'gloss'].map(metricMode)).toEqual([
    'min',
    'min',
    'min',
    'max',
    'max',
    'max',
  ]);
  expect(['loss', 'learning_rate', 'system/data_wait', 'val_accuracy'].map(isGoal)).toEqual([true, false, false, true]);
});

test('a slider’s half-life comes back to the same place', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 50, max: 1e6 }), (position, span) => {
      expect(Math.abs(positionOf(halfLifeAt(position, span), span) - position)).toBeLessThanOrEqual(2);
    }),
    { verbose: true },
  );
  expect(halfLifeText(40, 'step')).toBe('40 steps');
  expect(halfLifeText(0, 'step')).toBe('off');
  expect(halfLifeText(30_000, 'time')).toBe('30 s');
});

test('addresses', () => {
  expect(projectOf('/p/vision/e/3')).toEqual({ project: 'vision', basepath: '/p/vision' });
  expect(projectOf('/e/3')).toEqual({ project: 'default', basepath: '' });
  expect(projectOf('/p/Not-a-slug')).toEqual({ project: 'default', basepath: '' });
  expect(experimentId(experimentKey(12, 'cats-vs-dogs'))).toBe(12);
  expect(['12', '12x', 'x', ''].map(experimentId)).toEqual([12, Number.NaN, Number.NaN, Number.NaN]);
  const id = '0'.repeat(32);
  expect(mlflowLink(`#/experiments/3/runs/${id}`)).toBe(`/r/${id}`);
  expect(mlflowLink('#/experiments/3')).toBe('/e/3');
  expect(mlflowLink('#main')).toBeNull();
});

test('a step is told as its epoch where it lies on one', () => {
  const progress = { epoch: 63, epochs: 100, step: 2772, steps: 4400 };
  expect(placeOf({ progress }, 2772)).toEqual({ kind: 'epoch', value: 63 });
  expect(placeOf({ progress }, 2700)).toEqual({ kind: 'step', value: 2700 });
  expect(placeOf({ progress: null }, 5)).toEqual({ kind: 'step', value: 5 });
});

test('a run that has ended is promised no checkpoint', () => {
  expect(noCheckpoint({ status: 'running' })).toContain('due after epoch 1');
  expect(noCheckpoint({ status: 'failed' })).toBe('It ended before its first checkpoint.');
});

test('a run that diverged in its first epoch is shown by its loss, not by what comes first in the alphabet', () => {
  const run = { metrics: { 'batch/accuracy': {}, 'batch/loss': {} }, best: null };
  expect(primaryMetric(undefined, [run as unknown as Run])).toEqual({ key: 'batch/loss', mode: 'min' });
});
