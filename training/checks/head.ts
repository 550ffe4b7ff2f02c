import { type LossName, lossOf } from '../config/loss.ts';
import { presetOf } from '../config/model.ts';
import type { RunConfig } from '../config.ts';
import type { ConfigIssue } from '../issues.ts';
import { shown } from '../issues.ts';
import type { LayerInfo } from '../layers/shape.ts';
import type { LayerSpec } from '../layers/spec.ts';

interface Head {
  losses: readonly LossName[];
  /** Null: any but softmax, whose outputs add up to 1. */
  activation: 'sigmoid' | 'softmax' | null;
  /** Outputs at least, where nothing says how many. */
  least: number;
  /** What there is one output for. */
  each: string;
  units: string;
}

const HEAD: Record<RunConfig['data']['class_mode'], Head> = {
  binary: {
    losses: ['binary_crossentropy', 'binary_focal_crossentropy'],
    activation: 'sigmoid',
    least: 1,
    each: 'image',
    units: 'Dense with 1 unit and sigmoid',
  },
  categorical: {
    losses: ['categorical_crossentropy', 'categorical_focal_crossentropy'],
    activation: 'softmax',
    least: 2,
    each: 'class',
    units: 'Dense with one unit a class and softmax',
  },
  multi_label: {
    losses: ['binary_crossentropy', 'binary_focal_crossentropy'],
    activation: 'sigmoid',
    least: 1,
    each: 'label',
    units: 'Dense with one unit a label and sigmoid',
  },
  regression: {
    losses: ['mean_squared_error', 'mean_absolute_error', 'huber'],
    activation: null,
    least: 1,
    each: 'target',
    units: 'Dense with one unit a target, without activation',
  },
};

export function headFits(config: RunConfig, layers: readonly LayerSpec[], infos: readonly LayerInfo[]): ConfigIssue[] {
  const { class_mode: mode, classes } = config.data;
  const head = HEAD[mode];
  const issues: ConfigIssue[] = [];
  const loss = lossOf(config.loss).name;
  if (!head.losses.includes(loss)) {
    const allowed = head.losses.map((name) => `\`${name}\``).join(', ');
    issues.push({
      path: ['loss'],
      message: `\`class_mode: ${mode}\` needs another loss than \`${loss}\`, such as \`${head.losses[0]}\``,
      value: loss,
      allowed,
    });
  }
  const preset = presetOf(config.model);
  const last = layers.at(-1)!;
  const dense = layers.findLastIndex((layer) => layer.type === 'Dense');
  const end = layers.length - 1;
  const at = (index: number, key: string) =>
    preset ? ['model'] : ['model', 'layers', index, ...(key in layers[index]! ? [key] : [])];
  const activation = 'activation' in last ? last.activation : 'linear';
  const output = infos.at(-1)!.output;
  if (head.activation === null ? activation === 'softmax' : activation !== head.activation) {
    issues.push({
      path: at(end, 'activation'),
      message: `\`class_mode: ${mode}\` needs a last layer ${head.activation ? `with ${head.activation}` : 'without softmax'}`,
      value: activation,
      allowed: head.units,
    });
  }
  const units = mode === 'binary' ? 1 : classes?.length;
  const wrong = output.length !== 1 || (units === undefined ? output[0]! < head.least : output[0] !== units);
  if (wrong) {
    issues.push({
      path: at(dense >= 0 ? dense : end, 'units'),
      message: `The model ends in ${output.join('×')}, but \`class_mode: ${mode}\`${classes && mode !== 'binary' ? ` with ${classes.length} ${head.each}${head.each === 'class' ? 'es' : 's'}` : ''} needs ${units ?? `one output a ${head.each}`}`,
      value: output.length === 1 ? output[0] : [...output],
      allowed: units === undefined ? `at least ${head.least}` : String(units),
    });
  }
  if (mode === 'binary' && classes && classes.length !== 2) {
    issues.push({
      path: ['data', 'classes'],
      message: `\`class_mode: binary\` needs 2 classes, but ${classes.length} are named`,
      value: shown(classes),
      allowed: '2 names',
    });
  }
  return issues;
}
