import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { ApiError } from '@tidemark/client';
import { lazy, Suspense, useEffect } from 'react';
import { ErrorPanel } from '../../components/ErrorPanel.tsx';
import { PanelBoundary } from '../../components/PanelBoundary.tsx';
import { Skeleton } from '../../components/Skeleton.tsx';
import { Tabs } from '../../components/Tabs.tsx';
import { useInterest } from '../../live/interest.ts';
import { artifactsQuery, experimentQuery, runQuery } from '../../queries.ts';
import { experimentKey } from '../../state/links.ts';
import { usePage } from '../../state/page.ts';
import { isLive } from '../../state/primary.ts';
import { remember } from '../../state/recent.ts';
import { NotFoundPage } from '../NotFoundPage.tsx';
import { OverviewTab } from './OverviewTab.tsx';
import { RunHead } from './RunHead.tsx';
import styles from './RunPage.module.css';
import { RUN_TABS, runTab } from './tabs.ts';
import { useNeighbours } from './useNeighbours.ts';

const ChartsTab = lazy(() => import('./ChartsTab.tsx').then((module) => ({ default: module.ChartsTab })));
const ConfigTab = lazy(() => import('./ConfigTab.tsx').then((module) => ({ default: module.ConfigTab })));
const CheckpointsTab = lazy(() =>
  import('./CheckpointsTab.tsx').then((module) => ({ default: module.CheckpointsTab })),
);
const ArtifactsTab = lazy(() => import('./ArtifactsTab.tsx').then((module) => ({ default: module.ArtifactsTab })));
const DataTab = lazy(() => import('./DataTab.tsx').then((module) => ({ default: module.DataTab })));
const LogsTab = lazy(() => import('./LogsTab.tsx').then((module) => ({ default: module.LogsTab })));
const PredictionsTab = lazy(() =>
  import('./PredictionsTab.tsx').then((module) => ({ default: module.PredictionsTab })),
);

export function RunPage() {
  const { run: id = '', tab: tabName } = useParams({ strict: false });
  const tab = runTab(tabName);
  const run = useQuery(runQuery(id));
  const artifacts = useQuery(artifactsQuery(id));
  const data = run.data;
  const experiment = useQuery({ ...experimentQuery(data?.experimentId ?? 0), enabled: data !== undefined });
  const to = data ? `/e/${experimentKey(data.experimentId, experiment.data?.slug ?? '')}` : '/e';
  usePage(
    data ? `#${data.ordinal} ${data.name}` : 'Run',
    [
      { label: 'Experiments', to: '/e' },
      ...(data
        ? [
            { label: data.experiment, to },
            { label: `#${data.ordinal} ${data.name}`, to: `/r/${id}`, ordinal: data.ordinal },
          ]
        : [{ label: 'Run' }]),
    ],
    data?.experiment,
  );
  useInterest(data !== undefined && isLive(data));
  useEffect(() => {
    if (data) remember({ kind: 'run', label: `#${data.ordinal} ${data.name} · ${data.experiment}`, to: `/r/${id}` });
  }, [data, id]);
  const neighbours = useNeighbours(data, tabName);

  if (tab === null) return <NotFoundPage />;
  if (run.isError && !data) {
    // An address that is no id at all is refused as invalid: to whoever followed it, that is the same.
    const missing = run.error instanceof ApiError && ['not_found', 'invalid_request'].includes(run.error.code);
    return (
      <ErrorPanel
        heading="Run"
        error={run.error}
        message={missing ? `No run ${id.slice(-8)} in this project. It may have been purged.` : undefined}
        onRetry={() => void run.refetch()}
      />
    );
  }
  if (!data) return <Skeleton rows={20} what="the run" />;

  const counts: Partial<Record<string, number>> = {
    checkpoints: data.checkpoints.length,
    ...(artifacts.data ? { artifacts: artifacts.data.length } : {}),
  };
  return (
    <>
      <RunHead run={data} experimentTo={to} neighbours={neighbours} />
      <div className={styles.tabs}>
        <Tabs
          label="Parts of the run"
          current={tab}
          tabs={RUN_TABS.map(({ id: part, label }) => {
            const count = counts[part];
            return {
              id: part,
              label,
              to: part === 'overview' ? `/r/${id}` : `/r/${id}/${part}`,
              ...(count === undefined ? {} : { count }),
            };
          })}
        />
      </div>
      <div className={styles.body}>
        <PanelBoundary key={tab}>
          <Suspense fallback={<Skeleton />}>
            {tab === 'overview' && <OverviewTab run={data} />}
            {tab === 'charts' && <ChartsTab run={data} />}
            {tab === 'config' && <ConfigTab run={data} />}
            {tab === 'checkpoints' && <CheckpointsTab run={data} />}
            {tab === 'artifacts' && <ArtifactsTab run={data} artifacts={artifacts} />}
            {tab === 'data' && <DataTab run={data} artifacts={artifacts.data ?? []} />}
            {tab === 'logs' && <LogsTab run={data} />}
            {tab === 'predictions' && <PredictionsTab run={data} artifacts={artifacts.data ?? []} />}
          </Suspense>
        </PanelBoundary>
      </div>
    </>
  );
}
