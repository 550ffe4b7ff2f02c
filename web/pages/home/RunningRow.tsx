import { useQuery } from '@tanstack/react-query';
import type { Run } from '@tidemark/api/contract/runs';
import { seriesStyle } from '../../charts/style.ts';
import { Num } from '../../components/Num.tsx';
import { ProgressBar } from '../../components/ProgressBar.tsx';
import { RunLink } from '../../components/RunLink.tsx';
import { Spark } from '../../components/Spark.tsx';
import { StatusBadge } from '../../components/StatusBadge.tsx';
import { formatDuration } from '../../format/duration.ts';
import { metricsQuery } from '../../queries.ts';
import { bestOf, longPlace, primaryMetric } from '../../state/primary.ts';
import styles from './HomePage.module.css';

/** A run that is running: how far, how long still, and how its first metric moves. */
export function RunningRow({ run }: { run: Run }) {
  const metric = primaryMetric(undefined, [run]);
  const curve = useQuery(
    metricsQuery({ runs: metric ? [run.id] : [], keys: metric ? [metric.key] : [], points: 24, axis: 'step' }),
  );
  const values = curve.data?.series[0]?.value.map(Number) ?? [];
  const best = metric ? bestOf(run, metric) : null;
  const { progress } = run;
  return (
    <li className={styles.row}>
      <RunLink run={run} experiment={run.experiment} />
      <span className={styles.progress}>
        {progress ? (
          <>
            <span>
              epoch {Math.floor(progress.epoch)} / {progress.epochs}
            </span>
            <ProgressBar
              value={progress.steps > 0 ? progress.step / progress.steps : progress.epoch / progress.epochs}
              label={`Progress of #${run.ordinal}`}
            />
            {progress.etaSeconds !== undefined && <span>{formatDuration(progress.etaSeconds * 1000)} left</span>}
          </>
        ) : (
          <span>{run.worker ? `on ${run.worker.name}` : 'in its own script'}</span>
        )}
      </span>
      <StatusBadge status={run.status} />
      <Spark
        values={values}
        style={seriesStyle(run.ordinal)}
        label={metric ? `${metric.key} so far` : 'no metric yet'}
      />
      <span className={styles.best}>
        {metric && best ? (
          <>
            {metric.key}{' '}
            <b>
              <Num value={best.value} />
            </b>{' '}
            {longPlace(run, best.step)}
          </>
        ) : (
          'no value yet'
        )}
      </span>
    </li>
  );
}
