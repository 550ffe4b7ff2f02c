import { formatNumber } from '../../format/number.ts';
import styles from './DataTab.module.css';

const rank = (folder: string): string =>
  `${['train', 'validation', 'test'].findIndex((split) => folder.startsWith(split))} ${folder}`;

/** Bars per folder: a class that is rarer than its neighbours shows at once. */
export function ClassCounts({ folders }: { folders: Readonly<Record<string, number>> }) {
  const entries = Object.entries(folders).sort(([a], [b]) => (rank(a) < rank(b) ? -1 : 1));
  const most = Math.max(1, ...entries.map(([, count]) => count));
  return (
    <dl className={styles.counts}>
      {entries.map(([folder, count]) => (
        <div key={folder}>
          <dt>{folder}</dt>
          <dd>
            <span
              className={styles.bar}
              style={{ width: `calc((100% - 56px) * ${count / most})` }}
              aria-hidden="true"
            />
            <span>{formatNumber(count)}</span>
          </dd>
        </div>
      ))}
    </dl>
  );
}
