import { mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeImages } from '../faults/images.ts';
import { checkpoints, createTrainer, lines, report, steps } from './train-harness.ts';

const { folder, train, failure, remove } = createTrainer('tidemark-labels-');

/** Stripes along or across, in one folder: the label `along`, and numbers that follow from it. */
beforeAll(async () => {
  await makeImages(join(folder, 'striped'), { train: 12, test: 4 }, 16);
  for (const set of ['train', 'test']) {
    const rows: string[] = [];
    mkdirSync(join(folder, 'flat', set), { recursive: true });
    const files = ['along', 'across'].map((name) => readdirSync(join(folder, 'striped', set, name)).sort());
    files[0]!.forEach((_, i) => {
      for (const [c, name] of ['along', 'across'].entries()) {
        const file = `${name}-${files[c]![i]}`;
        renameSync(join(folder, 'striped', set, name, files[c]![i]!), join(folder, 'flat', set, file));
        rows.push(`${file},${1 - c},${c},${c * 10 - 3}`);
      }
    });
    const header = 'filename,along,across,degrees';
    writeFileSync(join(folder, 'flat', set, 'labels.csv'), `${header}\n${rows.join('\n')}\n`);
  }
});
afterAll(remove);

const head = (units: number, activation?: string) => ({
  layers: [
    { type: 'Conv2D', filters: 8, kernel_size: 5, activation: 'relu' },
    { type: 'MaxPooling2D', pool_size: 4 },
    { type: 'Flatten' },
    { type: 'Dense', units, ...(activation ? { activation } : {}) },
  ],
});
const base = {
  data: { path: 'flat', test: 'test', image_size: [16, 16], batch_size: 4, validation_split: 0.25 },
  optimizer: { name: 'Adam', learning_rate: 1e-2 },
  seed: 2,
};
const multi = {
  ...base,
  data: { ...base.data, class_mode: 'multi_label', classes: ['along', 'across'] },
  model: head(2, 'sigmoid'),
  metrics: ['auc', 'recall'],
  epochs: 25,
};
const numbers = {
  ...base,
  data: { ...base.data, class_mode: 'regression', classes: ['degrees'] },
  model: head(1),
  loss: 'mean_squared_error',
  metrics: ['rmse', 'r2'],
  epochs: 25,
};

test('several labels an image: learnt, measured and reported label by label', async () => {
  const result = await train({ name: 'multi', config: multi });
  // The first quarter of the file's lines is held out.
  expect(lines(result)[0]).toBe('2 labels (along, across), 18 images to train on, 6 to validate');
  expect(steps(result, 'val_auc').at(-1)![1]).toBeGreaterThan(0.95);
  expect(steps(result, 'val_recall/across')).toHaveLength(25);
  const { mode, confusion, perClass, wrong, curves, accuracy, images } = report(result);
  expect([mode, confusion, images]).toEqual(['multi_label', [], 8]);
  expect(perClass.map((row) => [row.class, row.images])).toEqual([
    ['along', 4],
    ['across', 4],
  ]);
  expect(curves).toHaveLength(2);
  expect(accuracy).toBeGreaterThan(0.8);
  expect(wrong.length).toBeLessThanOrEqual(8);
  const gallery = JSON.parse(result.artifact('samples/augmented.json')!.toString());
  expect(gallery.counts).toMatchObject({ 'train/along': 9, 'validation/across': 3 });
});

test('numbers: learnt, measured and reported target by target, resumed to the bit', async () => {
  const whole = await train({ name: 'numbers', config: numbers });
  expect(steps(whole, 'val_r2').at(-1)![1]).toBeGreaterThan(0.7);
  expect(steps(whole, 'val_mae')).toHaveLength(25);
  expect(steps(whole, 'batch/accuracy')).toEqual([]);
  const { mode, targets, accuracy, metrics, wrong } = report(whole);
  expect([mode, accuracy]).toEqual(['regression', undefined]);
  expect(targets![0]).toMatchObject({ target: 'degrees', rmse: metrics.rmse, mae: metrics.mae });
  expect(targets![0]!.truth.filter((value) => value === 7)).toHaveLength(4);
  expect(wrong[0]!.label).toMatch(/^degrees (7|-3)$/);
  const first = await train({
    name: 'numbers-stopped',
    config: numbers,
    stopWhen: (message) => (message.type === 'progress' && message.progress.step >= 13 ? 'drain' : null),
  });
  const list = checkpoints(first);
  const second = await train({ name: 'numbers-stopped', config: numbers, resume: { step: 13, checkpoints: list } });
  for (const key of ['r2', 'val_r2', 'loss'])
    expect([...steps(first, key), ...steps(second, key)]).toEqual(steps(whole, key));
  expect(checkpoints(second)[0]).toEqual(checkpoints(whole)[0]);
});

test('a head that does not fit the file’s columns is told by their names', async () => {
  const { classes: _, ...data } = numbers.data;
  const error = await failure({ name: 'head', config: { ...numbers, data } });
  expect(error.message).toBe('The model ends in 1 unit, but there are 3 targets: along, across, degrees.');
});

test('a labels file that is missing is told', async () => {
  const { classes: _, ...data } = numbers.data;
  const error = await failure({ name: 'no-file', config: { ...numbers, data: { ...data, labels: 'other.csv' } } });
  expect(error.code).toBe('data_labels');
  expect(error.message).toContain('There is no other.csv in');
});
