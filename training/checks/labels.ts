import type { ConfigIssue } from '../issues.ts';
import { shown } from '../issues.ts';
import { nearest } from '../nearest.ts';
import type { Check } from './check.ts';

/** What is said about labels and classes must go with where they come from. */
export const labelsFit: Check = ({ data, class_weight: weight }) => {
  const issues: ConfigIssue[] = [];
  const { class_mode: mode, classes } = data;
  const folders = mode === 'binary' || mode === 'categorical';
  if (data.labels !== undefined && folders) {
    issues.push({
      path: ['data', 'labels'],
      message: `\`class_mode: ${mode}\` takes its labels from the class folders`,
      value: data.labels,
      allowed: 'a labels file with `class_mode: multi_label` or `regression`',
    });
  }
  if (mode === 'categorical' && classes?.length === 1) {
    issues.push({
      path: ['data', 'classes'],
      message: 'One class leaves nothing to tell apart',
      value: shown(classes),
      allowed: '2 names or more',
    });
  }
  if (weight !== undefined && !folders) {
    issues.push({
      path: ['class_weight'],
      message: `\`class_mode: ${mode}\` has no classes to weigh`,
      value: shown(weight),
      allowed: '`class_weight` with `class_mode: binary` or `categorical`',
    });
  } else if (typeof weight === 'object' && classes) {
    for (const name of Object.keys(weight).filter((one) => !classes.includes(one))) {
      const meant = nearest(name, classes);
      issues.push({
        path: ['class_weight', name],
        message: `There is no class \`${name}\``,
        value: weight[name],
        allowed: `one of ${classes.map((one) => `\`${one}\``).join(', ')}`,
        ...(meant ? { hint: `Did you mean \`${meant}\`?` } : {}),
      });
    }
  }
  return issues;
};
