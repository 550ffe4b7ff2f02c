import type { LayerRow } from '@tidemark/api/contract/runs';
import type * as z from 'zod';
import { grouped } from './format.ts';
import { table } from './table.ts';

/** A model as Keras's `summary()` prints it: a line per layer with its output shape (without the batch) and parameters. */
export function layerTable(layers: readonly z.output<typeof LayerRow>[]): string[] {
  const rows = layers.map(({ name, type, output, parameters }) => [
    `${name} (${type})`,
    `(${output.join(', ')})`,
    grouped(parameters),
  ]);
  const total = layers.reduce((sum, { parameters }) => sum + parameters, 0);
  const columns = [{ title: 'LAYER' }, { title: 'OUTPUT' }, { title: 'PARAMETERS', right: true }];
  return [...table(columns, rows), `${grouped(total)} parameters`];
}
