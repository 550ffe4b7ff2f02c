import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeImages } from '../faults/images.ts';
import { writeText } from './images.ts';
import {
  checkpoints,
  createTrainer,
  type Trained as Result,
  report,
  steps,
  type TrainOptions,
} from './train-harness.ts';

const trainer = createTrainer('tidemark-train-');
const { folder } = trainer;
beforeAll(() => makeImages(join(folder, 'images'), { train: 14, test: 5 }, 16));
afterAll(trainer.remove);

const conv = { type: 'Conv2D', filters: 4, kernel_size: 3, activation: 'relu' };
const net = [conv, { type: 'MaxPooling2D' }, { type: 'Flatten' }, { type: 'Dropout', rate: 0.25 }];
const binary = { layers: [...net, { type: 'Dense', units: 1, activation: 'sigmoid' }] };
const base = {
  data: { path: 'images', test: 'test', image_size: [16, 16], batch_size: 4, validation_split: 0.3 },
  augmentation: { rotation_range: 15 },
  model: binary,
  epochs: 3,
  seed: 3,
};
const EPOCH_STEPS = 5; // 2 × 14, of which 2 × 4 are held out: 20 in batches of 4

type Options = Partial<TrainOptions>;
const train = (options: Options) => trainer.train({ config: base, ...options });
const failure = (options: Options) => trainer.failure({ config: base, ...options });

describe('a whole run', () => {
  let whole: Result;
  beforeAll(async () => {
    whole = await train({});
  });

  test('logs each step and each epoch once, at optimizer steps', () => {
    expect(whole.outcome).toBe('finished');
    expect(steps(whole, 'batch/loss').map(([step]) => step)).toEqual(Array.from({ length: 15 }, (_, i) => i + 1));
    for (const key of ['loss', 'accuracy', 'val_loss', 'val_accuracy', 'system/data_wait']) {
      expect(steps(whole, key).map(([step]) => step)).toEqual([5, 10, 15]);
    }
    expect(steps(whole, 'epoch')).toEqual([
      [5, 1],
      [10, 2],
      [15, 3],
    ]);
    expect(steps(whole, 'learning_rate')[0]).toEqual([5, 0.001]);
    expect(steps(whole, 'test/loss').map(([step]) => step)).toEqual([15]);
  });

  test('an epoch’s loss is the mean over its images', () => {
    const batches = steps(whole, 'batch/loss').slice(0, EPOCH_STEPS);
    expect(steps(whole, 'loss')[0]![1]).toBeCloseTo(batches.reduce((sum, [, loss]) => sum + loss * 4, 0) / 20, 12);
  });

  test('keeps the best by the monitor, and tests that one', () => {
    const losses = steps(whole, 'val_loss');
    const lowest = losses.reduce((best, point) => (point[1] < best[1] ? point : best));
    const best = whole.of('checkpoint').findLast(({ kept }) => kept.includes('best'))!;
    expect(best.step).toBe(lowest[0]);
    expect(best.metrics?.val_loss).toBe(lowest[1]);
    expect(report(whole).step).toBe(lowest[0]);
  });

  test('tests the best weights, not the last ones', async () => {
    // The highest loss stands in for the best, so that it is not the last epoch's.
    const upside = await train({
      name: 'upside',
      config: { ...base, checkpoint: { monitor: 'val_loss', mode: 'max' } },
    });
    const { epoch, step, loss } = report(upside);
    expect(step).toBeLessThan(15);
    const short = await train({
      name: 'short',
      config: { ...base, epochs: epoch, checkpoint: { save_best_only: false } },
    });
    expect(report(short).loss).toBe(loss);
    expect(upside.artifact('model/best.onnx')).toEqual(short.artifact('model/best.onnx'));
    expect(report(whole).loss).not.toBe(loss);
  });

  test('reports the test images: confusion, precision and recall, the most wrong first', () => {
    const { confusion, images, accuracy, perClass, wrong, classes } = report(whole);
    expect(classes).toEqual(['across', 'along']);
    expect(images).toBe(10);
    expect(confusion.map((row) => row[0]! + row[1]!)).toEqual([5, 5]);
    expect(accuracy).toBe((confusion[0]![0]! + confusion[1]![1]!) / 10);
    expect(perClass[0]!.recall).toBe(confusion[0]![0]! / 5);
    expect(wrong).toHaveLength(10 - confusion[0]![0]! - confusion[1]![1]!);
    const sure = wrong.map(({ probability }) => probability!);
    expect(sure).toEqual([...sure].sort((a, b) => b - a));
    for (const { image, label, predicted, probability } of wrong) {
      expect(label).not.toBe(predicted);
      expect(probability).toBeGreaterThanOrEqual(0.5);
      expect(whole.artifact(image)!.subarray(0, 2)).toEqual(Buffer.from([0xff, 0xd8]));
    }
  });

  test('stores the gallery and the model', () => {
    expect(whole.artifact('samples/augmented.png')!.subarray(1, 4).toString()).toBe('PNG');
    const gallery = JSON.parse(whole.artifact('samples/augmented.json')!.toString());
    expect(gallery.samples).toHaveLength(8);
    expect(whole.artifact('model/best.onnx')!.length).toBeGreaterThan(100);
  });

  // Every place where an attempt can be stopped: within an epoch, at its last step, in validation, in the test.
  test.each([
    ['step', 3],
    ['step', 5],
    ['step', 13],
    ['validating', 1],
    ['validating', 3],
    ['testing', 1],
  ] as const)('stopped at %s %i and resumed, it ends with the same bytes and no step twice', async (what, n) => {
    const name = `stopped-${what}-${n}`;
    const first = await train({
      name,
      stopWhen: (message, all) => {
        if (message.type !== 'progress') return null;
        if (what === 'step') return message.progress.step >= n ? 'drain' : null;
        const inPhase = all.filter((other) => other.type === 'progress' && other.progress.phase === what);
        return inPhase.length >= n ? 'drain' : null;
      },
    });
    expect(first.outcome).toBe('stopped');
    const list = checkpoints(first);
    const second = await train({ name, resume: { step: list[0]!.step, checkpoints: list } });
    expect(second.outcome).toBe('finished');
    for (const key of ['batch/loss', 'batch/accuracy', 'loss', 'val_loss', 'epoch', 'test/loss']) {
      expect([...steps(first, key), ...steps(second, key)]).toEqual(steps(whole, key));
    }
    expect(checkpoints(second)[0] ?? list[0]).toEqual(checkpoints(whole)[0]);
    expect(second.artifact('model/best.onnx')).toEqual(whole.artifact('model/best.onnx'));
    expect(report(second)).toEqual(report(whole));
  });

  test('a corrupt newest checkpoint falls back to the one before, and steps that are shown are not logged again', async () => {
    const first = await train({
      name: 'corrupt',
      stopWhen: (message) => (message.type === 'progress' && message.progress.step >= 12 ? 'drain' : null),
    });
    const list = checkpoints(first);
    expect(list[0]!.step).toBe(12);
    writeFileSync(join(folder, 'corrupt', 'checkpoints', `${list[0]!.digest}.ckpt`), 'damaged');
    // The server may have it whole: not answering is no verdict on its bytes.
    const resume = { step: 12, checkpoints: list };
    await expect(train({ name: 'corrupt', resume })).rejects.toThrow('No answer');
    const second = await train({
      name: 'corrupt',
      resume: { step: 12, checkpoints: list.slice(1) },
      shown: { 'batch/loss': 12, 'batch/accuracy': 12, val_loss: 10 },
    });
    expect(steps(second, 'batch/loss')).toEqual(steps(whole, 'batch/loss').slice(12));
    expect(steps(second, 'val_loss')).toEqual(steps(whole, 'val_loss').slice(2));
    expect(checkpoints(second)[0]).toEqual(checkpoints(whole)[0]);
  });

  test('points at the resume step that the run shows already are not logged again', async () => {
    const list = checkpoints(whole);
    const resume = { step: 15, checkpoints: list };
    const again = await train({ resume, shown: { 'test/loss': 15, 'test/accuracy': 10 } });
    expect(steps(again, 'test/loss')).toEqual([]);
    expect(steps(again, 'test/accuracy').map(([step]) => step)).toEqual([15]);
  });

  test('cancelled, it stops at the next step and writes no checkpoint', async () => {
    const result = await train({
      name: 'cancelled',
      stopWhen: (message) => (message.type === 'progress' && message.progress.step >= 7 ? 'cancel' : null),
    });
    expect(result.outcome).toBe('stopped');
    expect(steps(result, 'batch/loss')).toHaveLength(7);
    expect(checkpoints(result).map(({ step }) => step)).toEqual([5]);
  });
});

describe('validation', () => {
  const first = async (name: string, part: Record<string, unknown>) => {
    const result = await train({ name, config: { ...base, epochs: 1, ...part } });
    expect(result.outcome).toBe('finished');
    return {
      loss: steps(result, 'loss')[0]![1],
      val: steps(result, 'val_loss')[0]![1],
      line: result.of('line')[0]!.text,
    };
  };

  test('sees images as they are, or augmented when the config says so', async () => {
    const plain = await first('plain-validation', {});
    const augmented = await first('augmented-validation', {
      augmentation: { ...base.augmentation, augment_validation: true },
    });
    expect(augmented.loss).toBe(plain.loss);
    expect(augmented.val).not.toBe(plain.val);
  });

  test('may have a folder of its own, or not be', async () => {
    const own = await first('own-validation', { data: { ...base.data, validation_split: 0, validation: 'test' } });
    expect(own.line).toContain('28 images to train on, 10 to validate');
    const data = { ...base.data, validation_split: 0 };
    const none = await train({
      name: 'no-validation',
      config: { ...base, data, epochs: 1, checkpoint: { monitor: 'loss' } },
    });
    expect(none.outcome).toBe('finished');
    expect(steps(none, 'val_loss')).toEqual([]);
    expect(report(none).step).toBe(7); // 28 images in batches of 4
  });
});

describe('what is wrong with the images', () => {
  const withData = (data: Record<string, unknown>) => ({ ...base, data: { ...base.data, ...data } });

  test('few that cannot be read are named and left out; more than the share end the run', async () => {
    await makeImages(join(folder, 'partly'), { train: 14, test: 2 }, 16);
    for (const name of ['006.png', '009.png']) writeText(join(folder, 'partly', 'train', 'along', name));
    const most = withData({ path: 'partly', max_bad_share: 0.1 });
    const result = await train({ config: { ...most, epochs: 1 }, name: 'partly' });
    const warnings = result.of('line').filter(({ level }) => level === 'warn');
    expect(warnings.map(({ text }) => text).join('\n')).toMatch(/along\/006\.png[\s\S]*along\/009\.png[\s\S]*2 of 28/);
    expect(steps(result, 'batch/loss')).toHaveLength(5); // 18 images
    const error = await failure({ config: withData({ path: 'partly', max_bad_share: 0.05 }), name: 'partly' });
    expect(error.code).toBe('data_bad_images');
    expect(error.message).toMatch(/7\.1 %.*allows 5 %.*006\.png/);
  });

  test.each([
    ['a folder that is not there', { path: 'nowhere' }, 'data_missing', /nowhere.*no such folder/],
    ['a test folder that is not there, before training', { test: 'exam' }, 'data_missing', /`exam`/],
    ['classes that are not there', { classes: ['across', 'upwards'] }, 'data_classes', /`upwards`/],
  ])('%s', async (_, data, code, message) => {
    const error = await failure({ config: withData(data), name: 'wrong' });
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
  });

  test('a head that does not fit the classes found', async () => {
    const three = { layers: [...net, { type: 'Dense', units: 3, activation: 'softmax' }] };
    const config = { ...withData({ class_mode: 'categorical' }), model: three, loss: 'categorical_crossentropy' };
    const error = await failure({ config, name: 'head' });
    expect(error.message).toBe('The model ends in 3 units, but there are 2 classes: across, along.');
  });

  test('a categorical run learns, and its report counts classes', async () => {
    const two = { layers: [...net, { type: 'Dense', units: 2, activation: 'softmax' }] };
    const config = { ...withData({ class_mode: 'categorical' }), model: two, loss: 'categorical_crossentropy' };
    const result = await train({ config: { ...config, epochs: 1 }, name: 'categorical' });
    expect(result.outcome).toBe('finished');
    expect(
      report(result)
        .confusion.flat()
        .reduce((a, b) => a + b),
    ).toBe(10);
  });
});
