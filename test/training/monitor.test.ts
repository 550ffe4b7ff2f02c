import { isMinimised, loggedMetrics } from '@tidemark/training/monitor';
import { describe, expect, test } from 'vitest';

describe('isMinimised', () => {
  test.each(['loss', 'val_loss', 'test/loss', 'error', 'perplexity', 'val_mse', 'val_mape', 'accumulated_loss'])(
    '%s: lower is better',
    (key) => {
      expect(isMinimised(key)).toBe(true);
      expect(isMinimised(key, 'max')).toBe(false);
    },
  );

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
  ])('%s: higher is better', (key) => {
    expect(isMinimised(key)).toBe(false);
    expect(isMinimised(key, 'min')).toBe(true);
  });
});

test('validation metrics are logged where there are validation images', () => {
  expect(loggedMetrics({ validation: undefined, validation_split: 0 })).toEqual(['loss', 'accuracy']);
  for (const data of [
    { validation: 'val', validation_split: 0 },
    { validation: undefined, validation_split: 0.1 },
  ])
    expect(loggedMetrics(data)).toEqual(['loss', 'accuracy', 'val_loss', 'val_accuracy']);
});
