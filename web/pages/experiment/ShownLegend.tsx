import { Link } from '@tanstack/react-router';
import type { Run } from '@tidemark/api/contract/runs';
import { seriesStyle } from '../../charts/style.ts';
import { Swatch } from '../../components/Swatch.tsx';
import styles from './ShownLegend.module.css';

const MOST = 8;

/** Which lines are whose, where the table is out of sight. */
export function ShownLegend({ runs }: { runs: readonly Run[] }) {
  if (runs.length === 0) return null;
  return (
    <ul className={styles.legend} aria-label="Shown runs">
      {runs.slice(-MOST).map((run) => (
        <li key={run.id}>
          <Link to="/r/$run" params={{ run: run.id }} title={run.name}>
            <Swatch style={seriesStyle(run.ordinal)} />#{run.ordinal}
          </Link>
        </li>
      ))}
      {runs.length > MOST && <li className={styles.more}>+{runs.length - MOST}</li>}
    </ul>
  );
}
