import { type ConfigIssue, validateConfig } from '@tidemark/training/validate';
import { describe, expect, test } from 'vitest';

const good = { data: { path: 'photos', validation_split: 0.3 }, model: 'convnet', epochs: 3 };
const issues = (part: object): ConfigIssue[] => {
  const result = validateConfig({ ...good, ...part });
  return result.ok ? [] : result.issues;
};
const rate = (learning_rate: unknown) => ({ optimizer: { name: 'SGD', learning_rate } });
const file = (class_mode: string, part: object = {}) => ({ ...good.data, class_mode, ...part });
const dense = (units: number, activation = 'linear') => ({
  layers: [{ type: 'Flatten' }, { type: 'Dense', units, activation }],
});

describe('accepted', () => {
  test.each([
    ['every schedule by its name alone', rate({ schedule: 'one_cycle' })],
    ['a warm-up', rate({ schedule: 'cosine', initial_learning_rate: 0, warmup_target: 1e-3, warmup_epochs: 1.5 })],
    ['milestones', rate({ schedule: 'step', values: [1e-2, 1e-3], milestones: [2] })],
    ['metrics by name and with arguments', { metrics: ['auc', { f1: { per_class: false } }] }],
    ['a metric of a class that nothing names yet', { metrics: ['f1'], early_stopping: { monitor: 'val_f1/cat' } }],
    ['weights by class', { class_weight: { cat: 2, dog: 1 } }],
    ['a rollback', { nan_policy: { action: 'rollback', factor: 0.1 } }],
    ['several labels', { data: file('multi_label', { labels: 'truth.csv' }), model: dense(4, 'sigmoid') }],
    [
      'numbers',
      {
        data: file('regression'),
        model: dense(1),
        loss: { name: 'huber', delta: 2 },
        metrics: ['r2'],
        checkpoint: { monitor: 'val_r2' },
      },
    ],
  ])('%s', (_, part) => {
    expect(issues(part)).toEqual([]);
  });
});

describe('refused, with the place and what would be right', () => {
  const at = (path: (string | number)[], message: RegExp, allowed?: string) => ({
    path,
    message: expect.stringMatching(message),
    ...(allowed === undefined ? {} : { allowed: expect.stringContaining(allowed) }),
  });
  const lr = ['optimizer', 'learning_rate'];
  test.each([
    ['an unknown schedule', rate({ schedule: 'cosin' }), at([...lr, 'schedule'], /must be one of/)],
    ['a schedule without its name', rate({ warmup_steps: 3 }), at([...lr, 'schedule'], /is missing/)],
    [
      'an argument of another schedule',
      rate({ schedule: 'cosine', decay_rate: 0.9 }),
      at([...lr, 'decay_rate'], /Unknown key/),
    ],
    [
      'steps and epochs at once',
      rate({ schedule: 'cosine', decay_steps: 5, decay_epochs: 1 }),
      at([...lr, 'decay_epochs'], /exclude each other/),
    ],
    [
      'too few values',
      rate({ schedule: 'step', values: [1, 0.1], boundaries: [5, 9] }),
      at([...lr, 'values'], /2 boundaries part 3/, '3 values'),
    ],
    [
      'boundaries that fall',
      rate({ schedule: 'step', values: [1, 0.1, 0], boundaries: [9, 5] }),
      at([...lr, 'boundaries'], /must ascend/),
    ],
    ['no boundaries', rate({ schedule: 'step', values: [1, 0.1] }), at([...lr, 'boundaries'], /Nothing says when/)],
    [
      'a warm-up that never ends',
      rate({ schedule: 'cosine', initial_learning_rate: 0, warmup_target: 1e-3, warmup_epochs: 3 }),
      at([...lr, 'warmup_epochs'], /never ends/),
    ],
    [
      'a warm-up to nowhere',
      rate({ schedule: 'cosine', warmup_steps: 5 }),
      at([...lr, 'warmup_target'], /needs the rate/),
    ],
    [
      'a stage’s warm-up to nowhere',
      { stages: [{ epochs: 3, learning_rate: { schedule: 'cosine', warmup_steps: 5 } }] },
      at(['stages', 0, 'learning_rate', 'warmup_target'], /needs the rate/),
    ],
    [
      'a plateau of what is not logged',
      rate({ schedule: 'reduce_on_plateau', monitor: 'val_auc' }),
      at([...lr, 'monitor'], /never be logged/),
    ],
    [
      'stopping by what is not logged',
      { early_stopping: { monitor: 'val_f1' } },
      at(['early_stopping', 'monitor'], /never be logged/),
    ],
    [
      'restoring what another metric chooses',
      { early_stopping: { restore_best_weights: true, monitor: 'val_accuracy' } },
      at(['early_stopping', 'restore_best_weights'], /something else chooses/, 'monitor: val_accuracy'),
    ],
    ['an unknown metric', { metrics: ['acuracy'] }, at(['metrics', 0], /must be one of/)],
    ['an unknown argument', { metrics: [{ auc: { kurve: 'PR' } }] }, at(['metrics', 0, 'auc', 'kurve'], /Unknown key/)],
    ['a metric twice', { metrics: ['auc', { auc: { curve: 'PR' } }] }, at(['metrics', 1, 'auc'], /twice/)],
    [
      'top k of two classes',
      { metrics: ['top_k_categorical_accuracy'] },
      at(['metrics', 0], /does not go with/, 'accuracy'),
    ],
    [
      'accuracy of numbers',
      { data: file('regression'), model: dense(1), loss: 'huber', metrics: ['auc'] },
      at(['metrics', 0], /class_mode: regression/, 'mae'),
    ],
    [
      'weights of labels',
      { data: file('multi_label'), model: dense(2, 'sigmoid'), class_weight: 'balanced' },
      at(['class_weight'], /no classes to weigh/),
    ],
    [
      'a weight of no class',
      { data: { ...good.data, classes: ['cat', 'dog'] }, class_weight: { cta: 2 } },
      { ...at(['class_weight', 'cta'], /no class/), hint: 'Did you mean `cat`?' },
    ],
    [
      'a labels file for class folders',
      { data: { ...good.data, labels: 'labels.csv' } },
      at(['data', 'labels'], /from the class folders/),
    ],
    [
      'softmax for several labels',
      { data: file('multi_label'), model: dense(2, 'softmax') },
      at(['model', 'layers', 1, 'activation'], /sigmoid/),
    ],
    [
      'softmax for numbers',
      { data: file('regression'), model: dense(2, 'softmax'), loss: 'huber' },
      at(['model', 'layers', 1, 'activation'], /without softmax/),
    ],
    [
      'cross-entropy of numbers',
      { data: file('regression'), model: dense(1) },
      at(['loss'], /mean_squared_error/, 'huber'),
    ],
    [
      'fewer outputs than labels',
      { data: file('multi_label', { classes: ['a', 'b', 'c'] }), model: dense(2, 'sigmoid') },
      at(['model', 'layers', 1, 'units'], /with 3 labels needs 3/),
    ],
  ])('%s', (_, part, expected) => {
    expect(issues(part)).toContainEqual(expect.objectContaining(expected));
  });
});

test('without validation images all that watch a metric watch the loss, unless they say otherwise', () => {
  const result = validateConfig({
    data: { path: 'photos' },
    model: 'convnet',
    epochs: 3,
    early_stopping: {},
    optimizer: { name: 'Adam', learning_rate: { schedule: 'reduce_on_plateau' } },
  });
  if (!result.ok) throw new Error(JSON.stringify(result.issues));
  expect(result.config.early_stopping?.monitor).toBe('loss');
  expect(result.config.optimizer.learning_rate).toMatchObject({ monitor: 'loss' });
});

describe('says what is allowed', () => {
  test.each([
    [
      'for a key of the user’s own',
      { class_weight: { dog: -1 } },
      /^`class_weight\.dog` must be a number .*, but is -1$/,
    ],
    [
      'between two open ends',
      { nan_policy: { action: 'rollback', factor: 2 } },
      /a number above 0 and below 1, but is 2$/,
    ],
  ])('%s', (_, part, message) => {
    expect(issues(part).map((issue) => issue.message)).toEqual([expect.stringMatching(message)]);
  });
});
