import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Card } from '../../components/Card.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { ErrorPanel } from '../../components/ErrorPanel.tsx';
import { Page } from '../../components/Page.tsx';
import { Skeleton } from '../../components/Skeleton.tsx';
import { useInterest } from '../../live/interest.ts';
import { experimentsQuery, queueQuery, runsQuery, workersQuery } from '../../queries.ts';
import { usePage } from '../../state/page.ts';
import { AttentionList } from './AttentionList.tsx';
import { FirstRun } from './FirstRun.tsx';
import styles from './HomePage.module.css';
import { RecentExperiments } from './RecentExperiments.tsx';
import { RunningRow } from './RunningRow.tsx';

export function HomePage() {
  usePage('', [{ label: 'Home' }]);
  const experiments = useQuery(experimentsQuery);
  const running = useQuery(runsQuery({ filter: 'status = running or status = cancelling', limit: 20 }));
  const failed = useQuery(runsQuery({ filter: 'status = failed', limit: 5 }));
  const workers = useQuery(workersQuery);
  const queue = useQuery(queueQuery);
  const waiting = queue.data?.total ?? 0;
  useInterest((running.data?.runs.length ?? 0) > 0 || waiting > 0);

  if (experiments.isError)
    return <ErrorPanel heading="Home" error={experiments.error} onRetry={() => void experiments.refetch()} />;
  if (experiments.isPending || running.isPending) return <Skeleton what="the experiments" />;
  if (experiments.data.every((experiment) => experiment.runs === 0)) return <FirstRun />;

  const lost = (workers.data ?? []).filter((worker) => worker.state === 'lost');
  const idle = (workers.data ?? []).filter((worker) => worker.state === 'idle').length;
  const queueLine =
    waiting > 0
      ? `${waiting} ${waiting === 1 ? 'run waits' : 'runs wait'} in the queue`
      : `Queue is empty. ${idle} ${idle === 1 ? 'worker' : 'workers'} idle.`;
  return (
    <Page title="Home" aside={<Link to="/queue">{queueLine}</Link>}>
      <Card title="Running now" flush>
        {running.data?.runs.length ? (
          <ul className={styles.list}>
            {running.data.runs.map((run) => (
              <RunningRow key={run.id} run={run} />
            ))}
          </ul>
        ) : (
          <EmptyState
            text={
              <>
                Nothing is running. <Link to="/new">Queue a run</Link>, or run{' '}
                <code>npx tidemark run submit cats.yaml</code>.
              </>
            }
          />
        )}
      </Card>
      {((failed.data?.runs.length ?? 0) > 0 || lost.length > 0) && (
        <AttentionList failed={failed.data?.runs ?? []} lost={lost} />
      )}
      <RecentExperiments experiments={experiments.data.slice(0, 8)} />
    </Page>
  );
}
