import { formatNumber } from '../../format/number.ts';
import styles from './DataTab.module.css';

/** Bars per folder: a class that is rarer than its neighbours shows at once. */
export function ClassCounts({ folders }: { folders: Readonly<Record<string, number>> }) {
  const entries = Object.entries(folders).sort(([a], [b]) => (a < b ? -1 : 1));
  const most = Math.max(1, ...entries.map(([, count]) => count));
  return (
    <dl className={styles.counts}>
      {entries.map(([folder, count]) => (
        <div key={folder}>
          <dt>{folder}</dt>
          <dd>
            <span className={styles.bar} style={{ width: `${(count / most) * 100}%` }} aria-hidden="true" />
            <span>{formatNumber(count)}</span>
          </dd>
        </div>
      ))}
    </dl>
  );
}
