import type { RunDetail } from '@tidemark/api/contract/runs';
import { grouped } from './format.ts';
import { table } from './table.ts';

/** A model as Keras's `summary()` prints it: a line per layer with its output shape (without the batch) and parameters. */
export function layerTable(layers: NonNullable<RunDetail['layers']>): string[] {
  const rows = layers.map(({ name, type, output, parameters }) => [
    `${name} (${type})`,
    `(${output.join(', ')})`,
    grouped(parameters),
  ]);
  const total = layers.reduce((sum, { parameters }) => sum + parameters, 0);
  const columns = [{ title: 'LAYER' }, { title: 'OUTPUT' }, { title: 'PARAMETERS', right: true }];
  return [...table(columns, rows), `${grouped(total)} parameters`];
}
