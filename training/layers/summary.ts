import { modelCost } from './cost.ts';
import type { LayerInfo } from './shape.ts';

const grouped = (n: number): string => String(n).replace(/\B(?=(\d{3})+(?!\d))/g, ',');

/** A table like Keras's `model.summary()`: layer (type), output shape, parameters, and totals. */
export function summary(layers: readonly LayerInfo[]): string {
  const rows = layers.map(
    (layer) =>
      [`${layer.name} (${layer.type})`, `(None, ${layer.output.join(', ')})`, grouped(layer.parameterCount)] as const,
  );
  const head = ['Layer (type)', 'Output shape', 'Param #'] as const;
  const widths = [0, 1, 2].map((column) => Math.max(...[head, ...rows].map((row) => row[column]!.length)));
  const line = (row: readonly [string, string, string]) =>
    `${row[0].padEnd(widths[0]!)}  ${row[1].padEnd(widths[1]!)}  ${row[2].padStart(widths[2]!)}`.trimEnd();
  const cost = modelCost(layers);
  const rule = '─'.repeat(widths.reduce((a, b) => a + b, 4));
  return [
    line(head),
    rule,
    ...rows.map(line),
    rule,
    `Total params: ${grouped(cost.parameters)}`,
    `Trainable params: ${grouped(cost.trainable)}`,
    `Non-trainable params: ${grouped(cost.parameters - cost.trainable)}`,
    `Multiply-adds an image: ${grouped(cost.multiplyAdds)}`,
    `Activations an image: ${grouped(cost.activationBytes)} bytes`,
  ].join('\n');
}
