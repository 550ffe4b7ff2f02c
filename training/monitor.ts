import type { RunConfig } from './config.ts';

/** Metrics that every epoch logs; those of validation only where there are validation images. */
export function loggedMetrics(data: Pick<RunConfig['data'], 'validation' | 'validation_split'>): string[] {
  const training = ['loss', 'accuracy'];
  const validated = data.validation !== undefined || data.validation_split > 0;
  return validated ? [...training, 'val_loss', 'val_accuracy'] : training;
}

const HIGHER =
  /accuracy|(^|[^a-z])(acc|auc|precision|recall|f1|fmeasure|score|reward|iou|miou|map|dice|bleu)([^a-z]|$)/i;

/** Whether lower is better: as told, else by the name, as Keras's `mode: auto` does for accuracies. */
export function isMinimised(key: string, mode: 'auto' | 'min' | 'max' = 'auto'): boolean {
  if (mode !== 'auto') return mode === 'min';
  return !HIGHER.test(key);
}
