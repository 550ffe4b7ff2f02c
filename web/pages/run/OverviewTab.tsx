import type { RunDetail } from '@tidemark/api/contract/runs';
import { useMemo, useState } from 'react';
import { ChartCard } from '../../charts/ChartCard.tsx';
import { metricMode } from '../../state/metric-mode.ts';
import { primaryMetric } from '../../state/primary.ts';
import { DifferentFrom } from './DifferentFrom.tsx';
import { HighWaterCard } from './HighWaterCard.tsx';
import { marksOf } from './marks.ts';
import { NoteCard } from './NoteCard.tsx';
import styles from './OverviewTab.module.css';
import { TimelineCard } from './TimelineCard.tsx';

/** The high-water mark, the first curve, what makes this run different, and what happened to it. */
export function OverviewTab({ run }: { run: RunDetail }) {
  const [range, setRange] = useState<readonly [number, number] | null>(null);
  const [log, setLog] = useState<readonly string[]>([]);
  const primary = useMemo(() => primaryMetric(undefined, [run]), [run]);
  const { checkpoints, resumes } = useMemo(() => marksOf(run, 'step'), [run]);
  const runs = useMemo(() => [run], [run]);
  const key = primary?.key;
  const secondary = ['val_accuracy', 'val_mae', 'val_loss', 'accuracy', 'mae', 'loss']
    .filter((one) => one !== key && run.metrics[one])
    .slice(0, 2);
  const chart = (name: string, tall: boolean) => (
    <ChartCard
      key={name}
      metric={primary && name === primary.key ? primary : { key: name, mode: metricMode(name) }}
      runs={runs}
      axis="step"
      range={range}
      onRange={setRange}
      smooth={0}
      log={log.includes(name)}
      onLog={(on) => setLog(on ? [...log, name] : log.filter((other) => other !== name))}
      tide={tall}
      height={tall ? 240 : 160}
      checkpoints={checkpoints}
      resumes={resumes}
    />
  );
  return (
    <div className={styles.grid}>
      <div className={styles.column}>
        <HighWaterCard run={run} primary={primary} />
        <NoteCard run={run} />
      </div>
      <div className={styles.column}>
        {key ? (
          chart(key, true)
        ) : (
          <p className={styles.none}>No metric yet. The first values come after the first steps.</p>
        )}
        {secondary.length > 0 && <div className={styles.pair}>{secondary.map((name) => chart(name, false))}</div>}
      </div>
      <div className={styles.column}>
        <DifferentFrom run={run} />
        <TimelineCard run={run} />
      </div>
    </div>
  );
}
