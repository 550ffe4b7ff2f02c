import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Card } from '../../components/Card.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { ErrorPanel } from '../../components/ErrorPanel.tsx';
import { Page } from '../../components/Page.tsx';
import { Skeleton } from '../../components/Skeleton.tsx';
import { useInterest } from '../../live/interest.ts';
import { experimentsQuery } from '../../queries.ts';
import { usePage } from '../../state/page.ts';
import { ExperimentTable } from './ExperimentTable.tsx';

export function ExperimentsPage() {
  usePage('Experiments', [{ label: 'Experiments', to: '/e' }]);
  const experiments = useQuery(experimentsQuery);
  useInterest((experiments.data ?? []).some((experiment) => (experiment.byStatus.running ?? 0) > 0));
  return (
    <Page title="Experiments">
      {experiments.isError ? (
        <ErrorPanel error={experiments.error} onRetry={() => void experiments.refetch()} />
      ) : experiments.isPending ? (
        <Skeleton what="the experiments" />
      ) : experiments.data.length === 0 ? (
        <EmptyState
          text={
            <>
              No experiment yet. <Link to="/new">Queue a run</Link>, or run{' '}
              <code>npx tidemark run submit cats.yaml</code>.
            </>
          }
        />
      ) : (
        <Card
          title={`${experiments.data.length} ${experiments.data.length === 1 ? 'experiment' : 'experiments'}`}
          flush
        >
          <ExperimentTable experiments={experiments.data} />
        </Card>
      )}
    </Page>
  );
}
