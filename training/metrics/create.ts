import { type MetricConfig, type MetricsConfig, metricList } from '../config/metrics.ts';
import { Accuracy } from './accuracy.ts';
import { Auc } from './auc.ts';
import { Counted } from './counted.ts';
import { Errors } from './errors.ts';
import type { Metric, Mode, Outputs } from './metric.ts';
import { TopK } from './top-k.ts';

/** The metrics of a run: those of its config, after the one that every run of its mode logs. */
export function metricsOf(mode: Mode, config: MetricsConfig): MetricConfig[] {
  const [always] = metricList([mode === 'regression' ? 'mae' : 'accuracy']);
  return [always!, ...metricList(config).filter(({ name }) => name !== always!.name)];
}

/** A fresh metric. */
export function createMetric(config: MetricConfig, outputs: Outputs): Metric {
  switch (config.name) {
    case 'accuracy':
      return new Accuracy(outputs);
    case 'top_k_categorical_accuracy':
      return new TopK(outputs, config.k);
    case 'auc':
      return new Auc(outputs, config);
    case 'precision':
    case 'recall':
    case 'f1':
      return new Counted(config.name, outputs, config);
    default:
      return new Errors(config.name, outputs);
  }
}
