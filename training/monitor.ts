import type { RunConfig } from './config.ts';
import { metricsOf } from './metrics/create.ts';
import { keyNames } from './metrics/keys.ts';

type Logging = { data: Pick<RunConfig['data'], 'validation' | 'validation_split' | 'class_mode' | 'classes'> } & Pick<
  RunConfig,
  'metrics'
>;

/** Metrics that every epoch logs; those of validation only where there are validation images, of classes where the config names them. */
export function loggedMetrics({ data, metrics }: Logging): string[] {
  const classes = data.classes ? keyNames(data.classes) : [];
  const own = metricsOf(data.class_mode, metrics).flatMap((metric) => {
    const each = data.class_mode === 'regression' || ('per_class' in metric && metric.per_class);
    return [metric.name, ...(each ? classes.map((name) => `${metric.name}/${name}`) : [])];
  });
  const training = ['loss', ...own];
  const validated = data.validation !== undefined || data.validation_split > 0;
  return validated ? [...training, ...training.map((key) => `val_${key}`)] : training;
}

/** Whether a run may log a metric: one of a class that the config does not name may be. */
export function mayLog(config: Logging, key: string): boolean {
  const logged = loggedMetrics(config);
  if (logged.includes(key)) return true;
  const [name, ...rest] = key.split('/');
  return config.data.classes === undefined && rest.length > 0 && logged.includes(name!) && !name!.endsWith('loss');
}

const HIGHER =
  /accuracy|(^|[^a-z])(acc|auc|precision|recall|f1|r2|fmeasure|score|reward|iou|miou|map|dice|bleu)([^a-z]|$)/i;
/** Of one class or target, which may be called anything: `mae/score` is an error. */
const ERROR_OF = /^(val_)?(mae|mse|rmse)\//;

/** Whether lower is better: as told, else by the name, as Keras's `mode: auto` does for accuracies. */
export function isMinimised(key: string, mode: 'auto' | 'min' | 'max' = 'auto'): boolean {
  if (mode !== 'auto') return mode === 'min';
  return ERROR_OF.test(key) || !HIGHER.test(key);
}
