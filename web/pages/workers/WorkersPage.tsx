import { useQuery } from '@tanstack/react-query';
import { Card } from '../../components/Card.tsx';
import { ErrorPanel } from '../../components/ErrorPanel.tsx';
import { Page } from '../../components/Page.tsx';
import { Skeleton } from '../../components/Skeleton.tsx';
import { WorkerCommand } from '../../components/WorkerCommand.tsx';
import { useInterest } from '../../live/interest.ts';
import { workersQuery } from '../../queries.ts';
import { usePage } from '../../state/page.ts';
import { WorkerCard } from './WorkerCard.tsx';
import styles from './WorkersPage.module.css';

export function WorkersPage() {
  usePage('Workers', [{ label: 'Workers' }]);
  const workers = useQuery(workersQuery);
  const shown = (workers.data ?? []).filter((worker) => worker.state !== 'gone');
  const gone = (workers.data ?? []).filter((worker) => worker.state === 'gone');
  useInterest(shown.some((worker) => worker.state === 'busy'));
  return (
    <Page title="Workers">
      {workers.isError && !workers.data ? (
        <ErrorPanel error={workers.error} onRetry={() => void workers.refetch()} />
      ) : workers.isPending ? (
        <Skeleton what="the workers" />
      ) : (
        <>
          <div className={styles.grid}>
            {shown.map((worker) => (
              <WorkerCard key={worker.id} worker={worker} />
            ))}
          </div>
          <Card title={shown.length === 0 ? 'Start one' : 'Another one'}>
            <WorkerCommand
              lead={shown.length === 0 ? 'No worker yet. On the training machine:' : 'On the training machine:'}
            />
          </Card>
          {gone.length > 0 && (
            <details className={styles.gone}>
              <summary>{gone.length} that have left</summary>
              <div className={styles.grid}>
                {gone.map((worker) => (
                  <WorkerCard key={worker.id} worker={worker} />
                ))}
              </div>
            </details>
          )}
        </>
      )}
    </Page>
  );
}
