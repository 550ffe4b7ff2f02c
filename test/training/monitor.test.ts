import { MetricsConfig } from '@tidemark/training/config/metrics';
import { isMinimised, loggedMetrics, mayLog } from '@tidemark/training/monitor';
import { describe, expect, test } from 'vitest';
import type * as z from 'zod';

describe('isMinimised', () => {
  test.each([
    'loss',
    'val_loss',
    'test/loss',
    'error',
    'perplexity',
    'val_mse',
    'val_mape',
    'accumulated_loss',
    'mae/score',
  ])('%s: lower is better', (key) => {
    expect(isMinimised(key)).toBe(true);
    expect(isMinimised(key, 'max')).toBe(false);
  });

  test.each([
    'accuracy',
    'val_accuracy',
    'val_acc',
    'auc',
    'precision',
    'recall',
    'f1',
    'reward',
    'binary_accuracy',
    'roc_auc',
    'f1_score',
    'val_mAP50',
    'test/accuracy',
    'val_r2',
    'val_recall/loss',
    'top_k_categorical_accuracy',
  ])('%s: higher is better', (key) => {
    expect(isMinimised(key)).toBe(false);
    expect(isMinimised(key, 'min')).toBe(true);
  });
});

const logging = (data: object, metrics: z.input<typeof MetricsConfig> = []) => ({
  data: { class_mode: 'binary' as const, validation: undefined, validation_split: 0, ...data },
  metrics: MetricsConfig.parse(metrics),
});

test('validation metrics are logged where there are validation images', () => {
  expect(loggedMetrics(logging({}))).toEqual(['loss', 'accuracy']);
  for (const data of [{ validation: 'val' }, { validation_split: 0.1 }])
    expect(loggedMetrics(logging(data))).toEqual(['loss', 'accuracy', 'val_loss', 'val_accuracy']);
});

test('metrics of the config are logged, of each class where the classes are named', () => {
  expect(loggedMetrics(logging({}, ['auc', 'f1']))).toEqual(['loss', 'accuracy', 'auc', 'f1']);
  const named = logging({ classes: ['cat', 'dog'], validation_split: 0.2 }, [{ f1: { threshold: 0.4 } }]);
  expect(loggedMetrics(named)).toContain('val_f1/dog');
  expect(loggedMetrics(logging({ class_mode: 'regression' }))).toEqual(['loss', 'mae']);
  expect(mayLog(logging({}, ['f1']), 'f1/whatever')).toBe(true);
  expect(mayLog(logging({}, ['f1']), 'val_f1/whatever')).toBe(false);
  expect(mayLog(named, 'val_f1/horse')).toBe(false);
});
