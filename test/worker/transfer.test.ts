import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeCheckpoint } from '@tidemark/worker/checkpoint';
import { encodeSafetensors } from '@tidemark/worker/weights/encode-safetensors';
import * as ort from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeImages } from '../faults/images.ts';
import { checkpoints, createTrainer, lines, report, steps, type Trained, type TrainOptions } from './train-harness.ts';

const trainer = createTrainer('tidemark-transfer-');
const { folder } = trainer;
beforeAll(() => makeImages(join(folder, 'images'), { train: 14, test: 5 }, 16));
afterAll(trainer.remove);

const layers = [
  { type: 'Conv2D', name: 'stem', filters: 4, kernel_size: 3, use_bias: false },
  { type: 'BatchNormalization', name: 'stem_bn' },
  { type: 'MaxPooling2D' },
  { type: 'Conv2D', name: 'block', filters: 6, kernel_size: 3, activation: 'relu' },
  { type: 'BatchNormalization', name: 'block_bn' },
  { type: 'GlobalAveragePooling2D' },
  { type: 'Dropout', rate: 0.25 },
  { type: 'Dense', name: 'predictions', units: 1, activation: 'sigmoid' },
];
const base = {
  data: { path: 'images', test: 'test', image_size: [16, 16], batch_size: 4, validation_split: 0.3 },
  model: { layers },
  optimizer: { name: 'Adam', learning_rate: 0.01 },
  epochs: 2,
  seed: 5,
};
const TRUNK = ['stem/kernel', 'stem_bn/gamma', 'stem_bn/beta', 'stem_bn/moving_mean', 'stem_bn/moving_variance'];
const BLOCK = ['block/kernel', 'block/bias', 'block_bn/gamma', 'block_bn/moving_mean'];

type Tensors = ReturnType<typeof decodeCheckpoint>['tensors'];
const tensorsOf = (result: Trained, step: number): Tensors =>
  decodeCheckpoint(readFileSync(result.of('checkpoint').findLast((one) => one.step === step)!.file)).tensors;
const lastStep = (result: Trained) => result.of('checkpoint').at(-1)!.step;
/** Which of these tensors differ between two states. */
const changed = (names: readonly string[], a: Tensors, b: Tensors) =>
  names.filter((name) => !Buffer.from(a[name]!.data.buffer).equals(Buffer.from(b[name]!.data.buffer)));

let source: Tensors;
beforeAll(async () => {
  const trained = await trainer.train({ config: base, name: 'source' });
  source = tensorsOf(trained, lastStep(trained));
  const weights = Object.entries(source).filter(([name]) => name.split('/').length === 2);
  const bytes = encodeSafetensors({ framework: 'tidemark', tensors: new Map(weights) });
  writeFileSync(join(folder, 'source.safetensors'), bytes);
});

const tuned = { ...base, init: 'source.safetensors', freeze: ['stem*', 'block*'] };

describe('a run that starts from weights and trains its last layer', () => {
  let cached: Trained;
  let plain: Trained;
  beforeAll(async () => {
    cached = await trainer.train({ config: tuned, name: 'cached' });
    plain = await trainer.train({ config: { ...tuned, feature_cache: false }, name: 'plain' });
  });

  test('has the weights of the source in all frozen layers, to the bit, and others in the last', () => {
    for (const result of [cached, plain]) {
      const tensors = tensorsOf(result, lastStep(result));
      expect(changed([...TRUNK, ...BLOCK], source, tensors)).toEqual([]);
      expect(changed(['predictions/kernel'], source, tensors)).toEqual(['predictions/kernel']);
      expect(Object.keys(tensors)).not.toContain('stem/kernel/velocity');
    }
    expect(lines(cached)).toContain('13 of 13 weights start from source.safetensors');
  });

  test('computes frozen layers once, and comes to what it comes to with every epoch computed', () => {
    const told = lines(cached).filter((text) => text.startsWith('Computed once'));
    expect(told).toEqual([
      expect.stringContaining('up to global_average_pooling2d make of 20 train images (6 numbers each)'),
      expect.stringContaining('of 8 validation images'),
      expect.stringContaining('of 10 test images'),
    ]);
    expect(lines(plain)).toContain('Frozen layers are computed in every epoch: feature_cache is off');
    for (const key of ['batch/loss', 'loss', 'val_loss', 'val_accuracy', 'test/loss']) {
      const [a, b] = [steps(cached, key), steps(plain, key)];
      expect(a.map(([step]) => step)).toEqual(b.map(([step]) => step));
      a.forEach(([, value], i) => {
        expect(Math.abs(value - b[i]![1]), `${key} ${i}`).toBeLessThan(1e-5);
      });
    }
    const [a, b] = [cached, plain].map((result) => tensorsOf(result, lastStep(result)));
    expect(Object.keys(a!).sort()).toEqual(Object.keys(b!).sort());
    for (const [name, { data }] of Object.entries(a!)) {
      data.forEach((value, i) => {
        expect(Math.abs(value - b![name]!.data[i]!), name).toBeLessThan(1e-5);
      });
    }
  });

  test('exports the whole model, which computes what the other one computes', async () => {
    const pixels = Float32Array.from({ length: 16 * 16 * 3 }, (_, i) => (i * 37) % 256);
    const answer = async (result: Trained) => {
      const model = await ort.InferenceSession.create(result.artifact('model/best.onnx')!);
      const { probabilities } = await model.run({ image: new ort.Tensor('float32', pixels, [1, 16, 16, 3]) });
      return Number(probabilities!.data[0]);
    };
    expect(Math.abs((await answer(cached)) - (await answer(plain)))).toBeLessThan(1e-5);
    expect(report(cached).images).toBe(10);
  });

  test('a second run on the same images and weights computes nothing', async () => {
    const again = await trainer.train({ config: { ...tuned, optimizer: 'SGD', epochs: 1 }, name: 'again' });
    expect(lines(again).filter((text) => text.startsWith('Computed once'))).toEqual([]);
    expect(lines(again).filter((text) => text.startsWith('Already computed'))).toHaveLength(3);
  });
});

test.each([
  ['augmentation', { augmentation: { horizontal_flip: true } }, 'images are augmented'],
  ['mixing', { augmentation: { mixup: {} } }, 'images are mixed'],
])('with %s frozen layers are computed in every epoch', async (name, more, reason) => {
  const result = await trainer.train({ config: { ...tuned, ...more, epochs: 1 }, name });
  expect(lines(result)).toContain(`Frozen layers are computed in every epoch: ${reason}`);
});

describe('stages', () => {
  const config = {
    ...tuned,
    optimizer: { name: 'Adam', learning_rate: 0.01, use_ema: true },
    epochs: 5,
    stages: [
      { epochs: 2 },
      { epochs: 2, unfreeze: 'block*', learning_rate: { schedule: 'cosine', initial_learning_rate: 0.002 } },
      { epochs: 1, unfreeze: 'stem*', learning_rate: 1e-4 },
    ],
  };
  const options = (name: string, more: Partial<TrainOptions> = {}): TrainOptions => ({ config, name, ...more });
  let whole: Trained;
  beforeAll(async () => {
    whole = await trainer.train(options('whole'));
  });

  test('thaw layers one after the other, their normalization with them', () => {
    const at = (epoch: number) => tensorsOf(whole, epoch * 5);
    expect(changed([...TRUNK, ...BLOCK], source, at(2))).toEqual([]);
    expect(changed(TRUNK, at(2), at(4))).toEqual([]);
    expect(changed(BLOCK, at(2), at(3))).toEqual(BLOCK);
    expect(changed([...TRUNK, ...BLOCK], at(4), at(5))).toEqual([...TRUNK, ...BLOCK]);
    expect(lines(whole)).toContain('Stage 2 of 3: 3 layers learn');
  });

  test('have rates of their own, whose steps count from the stage’s first', () => {
    const rates = steps(whole, 'learning_rate').map(([, rate]) => rate);
    const cosine = (step: number) => 0.001 * (1 + Math.cos((Math.PI * step) / 10));
    expect(rates).toEqual([0.01, 0.01, expect.closeTo(cosine(4), 12), expect.closeTo(cosine(9), 12), 1e-4]);
    expect(steps(whole, 'batch/learning_rate')[10]).toEqual([11, 0.002]);
  });

  test('what the optimizer knew of a weight that goes on learning is carried over', () => {
    const [before, after] = [tensorsOf(whole, 10), tensorsOf(whole, 15)];
    expect(Object.keys(before).filter((name) => name.startsWith('block/kernel/'))).toEqual([]);
    expect(Object.keys(after).filter((name) => name.startsWith('block/kernel/')).length).toBeGreaterThan(2);
    const slots = Object.keys(before).filter((name) => name.startsWith('predictions/kernel/'));
    expect(slots.length).toBeGreaterThan(2);
    expect(Object.keys(after)).toEqual(expect.arrayContaining(slots));
  });

  /** Stops after a step's points, then goes on. */
  test.each([3, 10, 13, 22])('stopped at step %i and resumed, it ends with the same bytes', async (step) => {
    const stopWhen: TrainOptions['stopWhen'] = (message) =>
      message.type === 'points' && message.step === step && 'batch/loss' in message.values ? 'drain' : null;
    const first = await trainer.train(options(`stop-${step}`, { stopWhen }));
    expect(first.outcome).toBe('stopped');
    const kept = checkpoints(first);
    const second = await trainer.train(options(`stop-${step}`, { resume: { step: kept[0]!.step, checkpoints: kept } }));
    expect(second.outcome).toBe('finished');
    expect(checkpoints(second)[0]!.digest).toBe(checkpoints(whole)[0]!.digest);
    expect(report(second)).toEqual(report(whole));
  });
});

describe('weights that cannot be used end the run with the reason', () => {
  test.each([
    ['a missing file', 'nowhere.pt', 'weights_missing', 'there is no such file'],
    ['a file that is none', 'images/train/across/000.png.zip', 'weights_unreadable', 'none of safetensors'],
    [
      'weights of another model',
      'other.safetensors',
      'weights_mismatch',
      'stem/kernel [3, 3, 3, 4], but stem/kernel is [5, 5]',
    ],
  ])('%s', async (_, from, code, message) => {
    writeFileSync(join(folder, 'images/train/across/000.png.zip'), 'no weights');
    const tensors = new Map([['stem/kernel', { dims: [5, 5], data: new Float32Array(25) }]]);
    writeFileSync(join(folder, 'other.safetensors'), encodeSafetensors({ framework: 'tidemark', tensors }));
    const error = await trainer.failure({ config: { ...base, init: from }, name: 'refused' });
    expect([error.code, error.message]).toEqual([code, expect.stringContaining(message)]);
  });

  test('a file outside the roots is refused though it is there', async () => {
    const outside = new URL('weights/fixtures/net.pt', import.meta.url).pathname;
    const error = await trainer.failure({ config: { ...base, init: outside }, name: 'refused' });
    expect(error.code).toBe('weights_forbidden');
  });

  test('a digest that the file does not have', async () => {
    const init = { from: 'source.safetensors', digest: '0'.repeat(64) };
    const error = await trainer.failure({ config: { ...base, init }, name: 'refused' });
    expect(error.code).toBe('weights_corrupt');
  });

  test('not strict: what fits is loaded, the rest is told', async () => {
    const wider = layers.map((layer) => (layer.name === 'block' ? { ...layer, filters: 7 } : layer));
    const init = { from: 'source.safetensors', strict: false };
    const result = await trainer.train({
      config: { ...base, model: { layers: wider }, init, epochs: 1 },
      name: 'loose',
    });
    expect(lines(result)).toContain('6 of 13 weights start from source.safetensors');
    expect(lines(result).join('\n')).toContain('block/kernel [3, 3, 4, 7], but block/kernel is [3, 3, 4, 6]');
  });
});
