import { useQuery } from '@tanstack/react-query';
import type { RunDetail } from '@tidemark/api/contract/runs';
import { useState } from 'react';
import { Card } from '../../components/Card.tsx';
import { Menu } from '../../components/Menu.tsx';
import { runQuery, runsQuery } from '../../queries.ts';
import { comparable } from '../../state/comparable.ts';
import { diffRows } from '../../state/diff.ts';
import styles from './DifferentFrom.module.css';

/** What this run does otherwise than its parent, or than the one before it. */
export function DifferentFrom({ run }: { run: RunDetail }) {
  const [chosen, setChosen] = useState<string | null>(null);
  const list = useQuery(runsQuery({ experiment: run.experimentId, sort: '-created', limit: 200 }));
  const others = (list.data?.runs ?? []).filter((one) => one.id !== run.id);
  const before = others.filter((one) => one.ordinal < run.ordinal).sort((a, b) => b.ordinal - a.ordinal)[0];
  const id = chosen ?? run.clonedFrom ?? before?.id ?? others[0]?.id ?? null;
  const other = useQuery({ ...runQuery(id ?? ''), enabled: id !== null });
  if (id === null) return null;
  const rows = other.data ? diffRows([comparable(other.data), comparable(run)]) : [];
  const differing = rows.filter((row) => row.differs);
  return (
    <Card
      title={`Different from ${other.data ? `#${other.data.ordinal}` : '…'}`}
      aside={
        <Menu
          label="Compare with"
          look="quiet"
          trigger="▾"
          items={others.slice(0, 50).map((one) => ({
            label: `#${one.ordinal} ${one.name}`,
            checked: one.id === id,
            onSelect: () => setChosen(one.id),
          }))}
        />
      }
    >
      <ul className={styles.list}>
        {differing.slice(0, 40).map((row) => (
          <li key={row.key}>
            <span className={styles.key}>{row.key}</span>
            <del>{row.values[0] ?? 'not set'}</del>
            <ins>{row.values[1] ?? 'not set'}</ins>
          </li>
        ))}
      </ul>
      {other.data && (
        <p className={styles.count}>
          {differing.length} of {rows.length} keys {differing.length === 1 ? 'differs' : 'differ'}
        </p>
      )}
      {other.isError && <p className={styles.count}>{other.error.message}</p>}
    </Card>
  );
}
