import type { LayerLine } from '../state/layer-line.ts';
import styles from './LayerTable.module.css';

const count = new Intl.NumberFormat('en');

/** Keras's summary: layer, output shape, parameters. The layer that does not fit is marked with its reason. */
export function LayerTable({
  layers,
  problem,
}: {
  layers: readonly LayerLine[];
  problem?: { index: number; message: string } | undefined;
}) {
  const total = layers.reduce((sum, layer) => sum + layer.parameters, 0);
  return (
    <table className={styles.table}>
      <thead>
        <tr>
          <th scope="col">Layer (type)</th>
          <th scope="col">Output shape</th>
          <th scope="col">Param #</th>
        </tr>
      </thead>
      <tbody>
        {layers.map((layer) => (
          <tr key={layer.name}>
            <th scope="row">
              {layer.name} <span>({layer.type})</span>
            </th>
            <td>({['None', ...layer.output].join(', ')})</td>
            <td>{count.format(layer.parameters)}</td>
          </tr>
        ))}
        {problem && (
          <tr data-problem>
            <td colSpan={3}>{problem.message}</td>
          </tr>
        )}
      </tbody>
      <tfoot>
        <tr>
          <th scope="row">Total</th>
          <td />
          <td>{count.format(total)}</td>
        </tr>
      </tfoot>
    </table>
  );
}
