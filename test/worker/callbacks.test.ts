import { join } from 'node:path';
import { readCheckpoint } from '@tidemark/worker/train/checkpoints';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeImages } from '../faults/images.ts';
import { checkpoints, createTrainer, lines, report, steps, type Trained } from './train-harness.ts';

const { folder, train, failure, remove } = createTrainer('tidemark-callbacks-');
beforeAll(() => makeImages(join(folder, 'images'), { train: 14, test: 5 }, 16));
afterAll(remove);

const net = [
  { type: 'Conv2D', filters: 4, kernel_size: 3, activation: 'relu' },
  { type: 'MaxPooling2D' },
  { type: 'Flatten' },
  { type: 'Dropout', rate: 0.25 },
  { type: 'Dense', units: 1, activation: 'sigmoid' },
];
const base = {
  data: { path: 'images', test: 'test', image_size: [16, 16], batch_size: 4, validation_split: 0.3 },
  augmentation: { rotation_range: 15 },
  model: { layers: net },
  epochs: 4,
  seed: 3,
}; // 5 steps an epoch
const rates = (result: Trained) => steps(result, 'batch/learning_rate').map(([, rate]) => rate);
const read = (name: string, digest: string) =>
  readCheckpoint(join(folder, name, 'checkpoints'), digest, () => Promise.reject(new Error('not here')));

describe('the learning rate', () => {
  test('follows its schedule step by step, and is logged as it was', async () => {
    const learning_rate = { schedule: 'step', values: [1e-2, 1e-3, 0], milestones: [1, 3] };
    const result = await train({ name: 'steps', config: { ...base, optimizer: { name: 'SGD', learning_rate } } });
    const [ten, five] = [Array(10).fill(1e-3), Array(5).fill(0)];
    expect(rates(result)).toEqual([...Array(5).fill(1e-2), ...ten, ...five]);
    expect(steps(result, 'learning_rate').map(([, rate]) => rate)).toEqual([1e-2, 1e-3, 1e-3, 0]);
    // At a rate of 0 nothing is learnt: the last two epochs' ends are the same weights.
    const losses = steps(result, 'val_loss').map(([, loss]) => loss);
    expect(losses[3]).toBe(losses[2]);
    expect(losses[2]).not.toBe(losses[1]);
  });

  test('falls when the monitored metric does not improve', async () => {
    const learning_rate = { schedule: 'reduce_on_plateau', patience: 1, factor: 0.5, min_delta: 10 };
    const result = await train({ name: 'plateau', config: { ...base, optimizer: { name: 'SGD', learning_rate } } });
    // The first value is always better than none; after that nothing improves by 10.
    expect(steps(result, 'learning_rate').map(([, rate]) => rate)).toEqual([1e-3, 1e-3, 5e-4, 2.5e-4]);
    expect(lines(result)).toContain('No more improvement: the learning rate is now 0.0005');
  });
});

describe('checkpoint.keep', () => {
  const kept = async (name: string, keep: object, seconds?: number) => {
    const checkpoint = { monitor: 'val_loss', keep };
    const checkpointSeconds = seconds === undefined ? {} : { checkpointSeconds: seconds };
    const result = await train({ name, config: { ...base, checkpoint }, ...checkpointSeconds });
    return result.of('checkpoint').map(({ epoch, kept }) => [epoch, kept.includes('policy')]);
  };

  test('of several bests each epoch’s is a candidate, however lately the last was written', async () => {
    expect(await kept('bests', { best: 2 }, 1e9)).toEqual([1, 2, 3, 4].map((epoch) => [epoch, true]));
  });

  test('of every so many epochs those are, and no other', async () => {
    expect(await kept('every', { every: 2 })).toEqual([1, 2, 3, 4].map((epoch) => [epoch, epoch % 2 === 0]));
    const rare = await kept('rare', { every: 3 }, 1e9);
    expect(rare.filter(([, policy]) => policy)).toEqual([[3, true]]);
  });

  test('of the newest alone none is more than the newest', async () => {
    expect(await kept('newest', { last: 3 })).toEqual([1, 2, 3, 4].map((epoch) => [epoch, false]));
  });
});

describe('early stopping', () => {
  const early_stopping = { patience: 1, min_delta: 10 };

  test('ends the run after the epoch, tests the best, and says why', async () => {
    const result = await train({ name: 'early', config: { ...base, epochs: 9, early_stopping } });
    expect(result.outcome).toBe('finished');
    expect(steps(result, 'epoch').map(([step]) => step)).toEqual([5, 10]);
    expect(
      lines(result).some((text) => /^Early stopping after epoch 2: val_loss has not improved since epoch 1/.test(text)),
    ).toBe(true);
    expect(report(result).images).toBe(10);
    // Resumed from its last checkpoint it stays stopped.
    const again = await train({
      name: 'early',
      config: { ...base, epochs: 9, early_stopping },
      resume: { step: 10, checkpoints: checkpoints(result) },
    });
    expect(again.outcome).toBe('finished');
    expect(steps(again, 'batch/loss')).toEqual([]);
    expect(report(again)).toEqual(report(result));
  });

  test('restore_best_weights puts the best epoch’s weights into the last checkpoint', async () => {
    const config = {
      ...base,
      epochs: 6,
      // The highest loss stands in for the best, so that it is not the last epoch's.
      checkpoint: { mode: 'max' },
      early_stopping: { mode: 'max', patience: 2, restore_best_weights: true },
    };
    const result = await train({ name: 'restored', config });
    const [last] = checkpoints(result);
    const best = result.of('checkpoint').findLast(({ kept }) => kept.includes('best'))!;
    expect(best.step).toBeLessThan(last!.step);
    const [a, b] = [await read('restored', last!.digest), await read('restored', best.digest)];
    expect(a.tensors).toEqual(b.tensors);
    expect(a.step).toBe(last!.step);
    const again = await train({
      name: 'restored',
      config,
      resume: { step: last!.step, checkpoints: checkpoints(result) },
    });
    expect(again.outcome).toBe('finished');
    expect(checkpoints(again).map(({ digest }) => digest)).toEqual([last!.digest]);
  });
});

test('class weights weigh the loss, not the metrics, and not validation', async () => {
  const first = (name: string, class_weight?: unknown) =>
    train({
      name,
      config: {
        ...base,
        epochs: 1,
        optimizer: { name: 'SGD', learning_rate: 1e-30 },
        ...(class_weight ? { class_weight } : {}),
      },
    });
  const [plain, none, three] = [
    await first('even'),
    await first('zero', { along: 0, across: 0 }),
    await first('three', { along: 3, across: 3 }),
  ];
  const loss = (result: Trained, key = 'loss') => steps(result, key)[0]![1];
  expect(loss(none)).toBe(0);
  expect(loss(three) / loss(plain)).toBeCloseTo(3, 5);
  for (const key of ['val_loss', 'accuracy', 'test/loss']) expect(loss(three, key)).toBe(loss(plain, key));
  expect(lines(await first('auto', 'balanced'))).toContain('Class weights: across 1, along 1');
  const error = await failure({ name: 'unknown-class', config: { ...base, class_weight: { upwards: 2 } } });
  expect(error.message).toContain('`upwards`');
});

describe('what a run logs', () => {
  test('its config’s metrics, for training, validation and test', async () => {
    const metrics = ['auc', { precision: { per_class: true } }, 'f1'];
    const result = await train({
      name: 'metrics',
      config: { ...base, epochs: 2, metrics, checkpoint: { monitor: 'val_auc' } },
    });
    for (const key of ['auc', 'precision', 'precision/across', 'f1/along']) {
      for (const prefix of ['', 'val_']) expect(steps(result, prefix + key).map(([step]) => step)).toEqual([5, 10]);
      expect(steps(result, `test/${key}`)).toHaveLength(1);
    }
    const { perClass, curves, metrics: figures, accuracy } = report(result);
    expect(perClass[1]!.auc).toBeCloseTo(figures.auc!, 12);
    expect(figures.accuracy).toBe(accuracy);
    expect(curves.map((one) => one.class)).toEqual(['along']);
    expect([curves[0]!.roc.x.at(-1), curves[0]!.pr.x.at(-1)]).toEqual([1, 1]);
    const best = result.of('checkpoint').findLast(({ kept }) => kept.includes('best'))!;
    expect(best.metrics?.val_auc).toBe(Math.max(...steps(result, 'val_auc').map(([, auc]) => auc)));
  });
});

describe('a loss that is not finite', () => {
  // Step 8 is the first at a rate at which nothing survives.
  const learning_rate = { schedule: 'step', values: [1e-3, 1e30], boundaries: [6] };
  const config = { ...base, optimizer: { name: 'SGD', learning_rate } };

  test('fails the run with step, last finite values and a way out', async () => {
    const error = await failure({ name: 'diverged', config });
    expect(error.code).toBe('diverged');
    expect(error.message).toMatch(
      /^The loss is (NaN|Infinity) at step \d+ \(epoch 2\)\. The last finite loss was [\d.e+]+, at step \d+, with a learning rate of 1e\+30\./,
    );
    expect(error.message).toMatch(/optimizer\.learning_rate/);
  });

  test('no checkpoint holds weights that are not finite', async () => {
    const bad = { ...config, optimizer: { name: 'SGD', learning_rate: { ...learning_rate, boundaries: [3] } } };
    // The fifth step is the last of its epoch, and without validation nothing else would look at the weights.
    const data = { ...base.data, validation_split: 0 };
    const error = await failure({ name: 'weights', config: { ...bad, data, checkpoint: { monitor: 'loss' } } });
    expect(error.code).toBe('diverged');
  });

  const policy = { ...config, nan_policy: { action: 'rollback', factor: 1e-30 } };
  const ends = (result: Trained) => [result.outcome, checkpoints(result)[0]!.step];

  test('goes back to the last checkpoint with a lower rate, and the history has one lineage', async () => {
    const first = await train({ name: 'back', config: policy });
    expect(ends(first)).toEqual(['stopped', 5]);
    expect(lines(first).some((text) => text.includes('Going back to the checkpoint of step 5 (rollback 1 of 3'))).toBe(
      true,
    );
    const list = checkpoints(first);
    expect((await read('back', list[0]!.digest)).callbacks.rollbacks).toBe(1);
    const second = await train({ name: 'back', config: policy, resume: { step: 5, checkpoints: list } });
    expect(second.outcome).toBe('finished');
    expect(rates(second).slice(0, 2)).toEqual([1e-3 * 1e-30, 1e-3 * 1e-30]);
    expect(steps(second, 'rollbacks').map(([, times]) => times)).toEqual([1, 1, 1]);

    // Killed before it diverged, it goes the same way, to the bit.
    const stopped = await train({
      name: 'back-killed',
      config: policy,
      stopWhen: (message) => (message.type === 'progress' && message.progress.step >= 3 ? 'drain' : null),
    });
    const next = await train({
      name: 'back-killed',
      config: policy,
      resume: { step: 3, checkpoints: checkpoints(stopped) },
    });
    expect(checkpoints(next)[0]).toEqual(list[0]);
    const last = await train({
      name: 'back-killed',
      config: policy,
      resume: { step: 5, checkpoints: checkpoints(next) },
    });
    expect(checkpoints(last)[0]).toEqual(checkpoints(second)[0]);
    expect(last.artifact('model/best.onnx')).toEqual(second.artifact('model/best.onnx'));
  });

  test('that comes before the first epoch’s end goes back to the start, and too often it fails', async () => {
    const always = {
      ...base,
      optimizer: { name: 'SGD', learning_rate: 1e30 },
      nan_policy: { action: 'rollback', factor: 0.9, max_rollbacks: 2 },
    };
    const first = await train({ name: 'often', config: always });
    expect(ends(first)).toEqual(['stopped', 0]);
    const second = await train({ name: 'often', config: always, resume: { step: 0, checkpoints: checkpoints(first) } });
    expect(ends(second)).toEqual(['stopped', 0]);
    const error = await failure({
      name: 'often',
      config: always,
      resume: { step: 0, checkpoints: checkpoints(second) },
    });
    expect(error.message).toContain('It went back 2 times');
  });
});

test('with use_ema the averaged weights are validated, tested and exported', async () => {
  // Keras's average is the weights after the first step, and a momentum of 1 keeps it so for ever.
  const still = { name: 'SGD', learning_rate: 0.1, use_ema: true, ema_momentum: 1 };
  const averaged = await train({ name: 'ema', config: { ...base, optimizer: still } });
  const once = { name: 'SGD', learning_rate: { schedule: 'step', values: [0.1, 0], boundaries: [0] } };
  const unmoved = await train({ name: 'unmoved', config: { ...base, optimizer: once } });
  for (const key of ['val_loss', 'test/loss']) expect(steps(averaged, key)).toEqual(steps(unmoved, key));
  expect(steps(averaged, 'loss')).not.toEqual(steps(unmoved, 'loss'));
  expect(averaged.artifact('model/best.onnx')).toEqual(unmoved.artifact('model/best.onnx'));
});

describe('resumed to the bit', () => {
  const all = {
    ...base,
    epochs: 3,
    metrics: ['auc', 'f1'],
    class_weight: { along: 2, across: 0.5 },
    early_stopping: { patience: 5 },
  };
  const adam = { name: 'Adam', use_ema: true, ema_momentum: 0.8, gradient_accumulation_steps: 2, global_clipnorm: 1 };
  const cases = [
    [
      'cosine with warm-up, EMA, accumulation',
      { ...adam, learning_rate: { schedule: 'cosine', warmup_target: 1e-2, warmup_epochs: 1 } },
    ],
    [
      'a plateau',
      { name: 'SGD', momentum: 0.9, learning_rate: { schedule: 'reduce_on_plateau', patience: 2, min_delta: 10 } },
    ],
    ['one cycle', { name: 'RMSprop', learning_rate: { schedule: 'one_cycle', max_lr: 5e-3 } }],
  ] as const;

  test.each(cases)(
    '%s: killed within an epoch, in validation and in the test',
    async (name, optimizer) => {
      const config = { ...all, optimizer };
      const whole = await train({ name: `${name} whole`, config });
      expect(whole.outcome).toBe('finished');
      const points = ['step 3', 'step 12', 'validating 2', 'testing 1'];
      for (const point of points) {
        const [phase, n] = point.split(' ') as [string, string];
        const own = `${name} ${point}`;
        const first = await train({
          name: own,
          config,
          stopWhen: (message, sent) => {
            if (message.type !== 'progress') return null;
            if (phase === 'step') return message.progress.step >= Number(n) ? 'drain' : null;
            const inPhase = sent.filter((other) => other.type === 'progress' && other.progress.phase === phase);
            return inPhase.length >= Number(n) ? 'drain' : null;
          },
        });
        expect(first.outcome).toBe('stopped');
        const list = checkpoints(first);
        const second = await train({ name: own, config, resume: { step: list[0]!.step, checkpoints: list } });
        for (const key of [
          'batch/loss',
          'batch/learning_rate',
          'learning_rate',
          'loss',
          'auc',
          'f1/along',
          'val_loss',
          'val_auc',
          'test/auc',
        ])
          expect([...steps(first, key), ...steps(second, key)], `${point}: ${key}`).toEqual(steps(whole, key));
        expect(checkpoints(second)[0] ?? list[0], point).toEqual(checkpoints(whole)[0]);
        expect(second.artifact('model/best.onnx'), point).toEqual(whole.artifact('model/best.onnx'));
        expect(report(second), point).toEqual(report(whole));
      }
    },
    120_000,
  );
});
