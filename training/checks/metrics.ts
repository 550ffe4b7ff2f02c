import { type MetricName, metricList } from '../config/metrics.ts';
import type { RunConfig } from '../config.ts';
import type { ConfigIssue } from '../issues.ts';
import type { Check } from './check.ts';

const COUNTED: readonly MetricName[] = ['accuracy', 'auc', 'precision', 'recall', 'f1'];
const ALLOWED: Record<RunConfig['data']['class_mode'], readonly MetricName[]> = {
  binary: COUNTED,
  categorical: [...COUNTED, 'top_k_categorical_accuracy'],
  multi_label: COUNTED,
  regression: ['mae', 'mse', 'rmse', 'r2'],
};

/** Metrics that can be computed from the labels that there are, each once. */
export const metricsFit: Check = ({ data: { class_mode: mode }, metrics }) => {
  const issues: ConfigIssue[] = [];
  const seen = new Set<string>();
  metrics.forEach((entry, index) => {
    for (const { name } of metricList([entry])) {
      const path = ['metrics', index, ...(typeof entry === 'string' ? [] : [name])];
      if (!ALLOWED[mode].includes(name)) {
        issues.push({
          path,
          message: `\`${name}\` does not go with \`class_mode: ${mode}\``,
          value: name,
          allowed: ALLOWED[mode].map((key) => `\`${key}\``).join(', '),
        });
      } else if (seen.has(name)) {
        issues.push({ path, message: `\`${name}\` stands here twice`, value: name, allowed: 'each metric once' });
      }
      seen.add(name);
    }
  });
  return issues;
};
