import type { RunDetail } from '@tidemark/api/contract/runs';
import { validateConfig } from '@tidemark/training/validate';
import { useMemo } from 'react';
import { comparable } from '../../state/comparable.ts';
import { diffRows } from '../../state/diff.ts';
import styles from './NewRunPage.module.css';

/** What the new run will do otherwise than the one it came from: resolved against resolved. */
export function FromDiff({ parent, value }: { parent: RunDetail; value: Record<string, unknown> | null }) {
  const rows = useMemo(() => {
    const result = validateConfig(value);
    if (!result.ok) return null;
    return diffRows([comparable(parent), comparable({ config: { resolved: result.config }, params: {} })]).filter(
      (row) => row.differs,
    );
  }, [parent, value]);
  return (
    <section className={styles.diff}>
      <h2>Different from #{parent.ordinal}</h2>
      {rows === null ? (
        <p className={styles.quiet}>Shown once the config is valid.</p>
      ) : rows.length === 0 ? (
        <p className={styles.quiet}>Nothing yet: this would be the same run again.</p>
      ) : (
        <ul>
          {rows.map((row) => (
            <li key={row.key}>
              <code>{row.key}</code> <del>{row.values[0] ?? 'not set'}</del> <ins>{row.values[1] ?? 'not set'}</ins>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
