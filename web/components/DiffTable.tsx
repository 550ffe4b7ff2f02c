import type { Run } from '@tidemark/api/contract/runs';
import type { DiffRow } from '../state/diff.ts';
import styles from './DiffTable.module.css';
import { RunLink } from './RunLink.tsx';

/** Keys as rows, runs as columns; a value that differs from the first run's is marked. */
export function DiffTable({ runs, rows }: { runs: readonly Run[]; rows: readonly DiffRow[] }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls both ways, and the keyboard must reach that.
    <div className={styles.wrap} tabIndex={0} role="region" aria-label="Config differences">
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">Key</th>
            {runs.map((run) => (
              <th key={run.id} scope="col">
                <RunLink run={run} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.key}>
              <th scope="row">{row.key}</th>
              {row.values.map((value, index) => (
                <td
                  key={runs[index]?.id}
                  data-differs={(row.differs && index > 0 && value !== row.values[0]) || undefined}
                >
                  {value ?? <span className={styles.unset}>not set</span>}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
