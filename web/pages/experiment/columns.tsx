import type { Run } from '@tidemark/api/contract/runs';
import type { ReactNode } from 'react';
import { Num } from '../../components/Num.tsx';
import { StatusBadge } from '../../components/StatusBadge.tsx';
import { TimeText } from '../../components/TimeText.tsx';
import { formatDuration } from '../../format/duration.ts';
import { bestOf, type Metric, runDuration, shortPlace } from '../../state/primary.ts';
import styles from './RunTable.module.css';

export interface Column {
  readonly id: string;
  readonly title: string;
  readonly tip?: string;
  readonly width: number;
  readonly number?: boolean;
  /** A sort key of the API; without, the column does not sort. */
  readonly sort?: string;
  /** The first click's direction. */
  readonly down?: boolean;
  cell(run: Run, now: number): ReactNode;
}

/** Status, the first metric's best and last, up to four params that vary, duration, created. New keys never add columns. */
export function columnsOf(primary: Metric | null, varying: readonly string[], narrow: boolean): Column[] {
  const columns: Column[] = [
    {
      id: 'status',
      title: 'Status',
      width: 96,
      sort: 'status',
      cell: (run) =>
        run.status === 'running' && run.progress ? (
          <span className={styles.running} title={`epoch ${run.progress.epoch} of ${run.progress.epochs}`}>
            <StatusBadge status="running" />
          </span>
        ) : (
          <StatusBadge status={run.status} />
        ),
    },
  ];
  if (primary) {
    const arrow = primary.mode === 'max' ? '↑' : '↓';
    columns.push(
      {
        id: 'best',
        title: `${primary.key} ${arrow}`,
        tip: `Best ${primary.key} (${primary.mode === 'max' ? 'highest' : 'lowest'}) and where`,
        width: 128,
        number: true,
        sort: `metrics.${primary.key}.${primary.mode}`,
        down: primary.mode === 'max',
        cell: (run) => {
          const best = bestOf(run, primary);
          return best ? (
            <>
              <Num value={best.value} /> <span className={styles.at}>{shortPlace(run, best.step)}</span>
            </>
          ) : (
            '–'
          );
        },
      },
      {
        id: 'last',
        title: 'last',
        tip: `Last ${primary.key}`,
        width: 76,
        number: true,
        sort: `metrics.${primary.key}.last`,
        down: primary.mode === 'max',
        cell: (run) => {
          const last = run.metrics[primary.key]?.last;
          return <Num value={last === undefined ? null : Number(last)} />;
        },
      },
    );
  }
  for (const key of varying.slice(0, 4)) {
    columns.push({
      id: `params.${key}`,
      title: key.split('.').at(-1) ?? key,
      tip: key,
      width: 96,
      number: true,
      sort: `params.${key}`,
      cell: (run) => paramText(run.params[key]),
    });
  }
  columns.push(
    {
      id: 'duration',
      title: 'Duration',
      width: 92,
      number: true,
      sort: 'duration',
      down: true,
      cell: (run, now) => {
        const duration = runDuration(run, now);
        return duration === null ? '–' : formatDuration(duration);
      },
    },
    {
      id: 'created',
      title: 'Created',
      width: 104,
      number: true,
      sort: 'created',
      down: true,
      cell: (run) => <TimeText at={run.createdAt} />,
    },
  );
  // On a phone the value comes before the word.
  if (narrow && primary) columns.splice(0, 2, columns[1] as Column, columns[0] as Column);
  return columns;
}

/** A setting as it was set: not rounded, as a measured value would be. */
export const paramText = (value: string | number | boolean | null | undefined): string =>
  value === undefined ? '–' : String(value);
