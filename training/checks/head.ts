import { lossOf } from '../config/loss.ts';
import type { RunConfig } from '../config.ts';
import type { ConfigIssue } from '../issues.ts';
import { shown } from '../issues.ts';
import type { LayerInfo } from '../layers/shape.ts';
import type { LayerSpec } from '../layers/spec.ts';

const HEAD = {
  binary: { loss: 'binary_crossentropy', activation: 'sigmoid', units: 'Dense with 1 unit and sigmoid' },
  categorical: {
    loss: 'categorical_crossentropy',
    activation: 'softmax',
    units: 'Dense with one unit a class and softmax',
  },
} as const;

export function headFits(config: RunConfig, layers: readonly LayerSpec[], infos: readonly LayerInfo[]): ConfigIssue[] {
  const { class_mode: mode, classes } = config.data;
  const head = HEAD[mode];
  const issues: ConfigIssue[] = [];
  const loss = lossOf(config.loss).name;
  if (loss !== head.loss) {
    issues.push({
      path: ['loss'],
      message: `\`class_mode: ${mode}\` needs \`loss: ${head.loss}\``,
      value: loss,
      allowed: `\`${head.loss}\``,
    });
  }
  const own = typeof config.model !== 'string';
  const last = layers.at(-1)!;
  const dense = layers.findLastIndex((layer) => layer.type === 'Dense');
  const end = layers.length - 1;
  const at = (index: number, key: string) =>
    own ? ['model', 'layers', index, ...(key in layers[index]! ? [key] : [])] : ['model'];
  const activation = 'activation' in last ? last.activation : 'linear';
  const output = infos.at(-1)!.output;
  if (activation !== head.activation) {
    issues.push({
      path: at(end, 'activation'),
      message: `\`class_mode: ${mode}\` needs a last layer with ${head.activation}`,
      value: activation,
      allowed: head.units,
    });
  }
  const units = mode === 'binary' ? 1 : classes?.length;
  const wrong = output.length !== 1 || (units === undefined ? output[0]! < 2 : output[0] !== units);
  if (wrong) {
    issues.push({
      path: at(dense >= 0 ? dense : end, 'units'),
      message: `The model ends in ${output.join('×')}, but \`class_mode: ${mode}\`${classes && mode === 'categorical' ? ` with ${classes.length} classes` : ''} needs ${units ?? 'one output a class'}`,
      value: output.length === 1 ? output[0] : [...output],
      allowed: units === undefined ? 'at least 2' : String(units),
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
