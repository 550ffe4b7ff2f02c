import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useRunActions } from '../../actions/useRunActions.ts';
import { Button } from '../../components/Button.tsx';
import { Card } from '../../components/Card.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { ErrorPanel } from '../../components/ErrorPanel.tsx';
import { Page } from '../../components/Page.tsx';
import { RunLink } from '../../components/RunLink.tsx';
import { Skeleton } from '../../components/Skeleton.tsx';
import table from '../../components/Table.module.css';
import { TimeText } from '../../components/TimeText.tsx';
import { WorkerCommand } from '../../components/WorkerCommand.tsx';
import { useInterest } from '../../live/interest.ts';
import { queueQuery, workersQuery } from '../../queries.ts';
import { usePage } from '../../state/page.ts';

/** Who is next, and why each one waits. */
export function QueuePage() {
  usePage('Queue', [{ label: 'Queue' }]);
  const queue = useQuery(queueQuery);
  const workers = useQuery(workersQuery);
  const actions = useRunActions();
  const idle = (workers.data ?? []).filter((worker) => worker.state === 'idle').length;
  const live = (workers.data ?? []).filter((worker) => worker.state === 'idle' || worker.state === 'busy').length;
  useInterest((queue.data?.total ?? 0) > 0);
  return (
    <Page
      title="Queue"
      aside={
        <Link to="/workers">
          {live} live {live === 1 ? 'worker' : 'workers'}
        </Link>
      }
    >
      {queue.isError && !queue.data ? (
        <ErrorPanel error={queue.error} onRetry={() => void queue.refetch()} />
      ) : queue.isPending ? (
        <Skeleton what="the queue" />
      ) : queue.data.runs.length === 0 ? (
        <EmptyState text={`Queue is empty. ${idle} ${idle === 1 ? 'worker' : 'workers'} idle.`}>
          <Link to="/new">Queue a run</Link>
        </EmptyState>
      ) : (
        <Card title={`${queue.data.total} waiting`} flush>
          <div className={table.wrap}>
            <table className={table.table}>
              <thead>
                <tr>
                  <th className={table.num}>#</th>
                  <th>Run</th>
                  <th className={table.num}>Priority</th>
                  <th>Needs</th>
                  <th>Why it waits</th>
                  <th>Since</th>
                  <th>
                    <span className="sr">Actions</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {queue.data.runs.map((run, index) => (
                  <tr key={run.id}>
                    <td className={table.num}>{index + 1}</td>
                    <td>
                      <RunLink run={run} experiment={run.experiment} />
                    </td>
                    <td className={table.num}>{run.priority}</td>
                    <td>{run.requires.join(', ') || '–'}</td>
                    <td className={table.wrapText}>{run.waits ?? '–'}</td>
                    <td>
                      <TimeText at={run.createdAt} />
                    </td>
                    <td>
                      <Button
                        look="quiet"
                        aria-label={`Cancel #${run.ordinal}`}
                        onClick={() => void actions.cancel(run)}
                      >
                        Cancel
                      </Button>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </Card>
      )}
      {workers.data && live === 0 && <WorkerCommand />}
    </Page>
  );
}
