import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { ApiError } from '@tidemark/client';
import { useCallback, useEffect, useMemo, useRef } from 'react';
import { CopyLine } from '../../components/CopyLine.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { ErrorPanel } from '../../components/ErrorPanel.tsx';
import { Skeleton } from '../../components/Skeleton.tsx';
import { SplitPane } from '../../components/SplitPane.tsx';
import { Tabs } from '../../components/Tabs.tsx';
import { useInterest } from '../../live/interest.ts';
import { experimentQuery, keysQuery } from '../../queries.ts';
import { experimentId } from '../../state/links.ts';
import { useMedia } from '../../state/media.ts';
import { useNow } from '../../state/now.ts';
import { usePage } from '../../state/page.ts';
import { isLive, primaryMetric } from '../../state/primary.ts';
import { remember } from '../../state/recent.ts';
import { type View, writeView } from '../../state/view.ts';
import { ChartsPane } from './ChartsPane.tsx';
import { columnsOf } from './columns.tsx';
import { DiffPane } from './DiffPane.tsx';
import { ExperimentHead } from './ExperimentHead.tsx';
import styles from './ExperimentPage.module.css';
import { FilterField } from './FilterField.tsx';
import { RunTable } from './RunTable.tsx';
import { ShownLegend } from './ShownLegend.tsx';
import { TableFoot } from './TableFoot.tsx';
import { useRunTable } from './useRunTable.ts';
import { useShowActions } from './useShowActions.ts';
import { useShown } from './useShown.ts';
import { useView } from './useView.ts';

/** The compare workspace: who is on the left, how is on the right. */
export function ExperimentPage() {
  const { key = '' } = useParams({ strict: false });
  const id = experimentId(key);
  const [view, setView] = useView();
  const experiment = useQuery({ ...experimentQuery(id), enabled: Number.isInteger(id) });
  const keys = useQuery({ ...keysQuery(id), enabled: Number.isInteger(id) });
  const table = useRunTable(id, view.q, view.sort);
  const shown = useShown(id, view.show, table.runs);
  const live = table.runs.some(isLive) || shown.runs.some(isLive);
  useInterest(live);
  const now = useNow(5000, live);
  const narrow = useMedia('(max-width: 899px)');
  const name = experiment.data?.name ?? (Number.isInteger(id) ? `Experiment ${id}` : 'Experiment');
  usePage(
    name,
    [
      { label: 'Experiments', to: '/e' },
      { label: name, to: `/e/${key}` },
    ],
    experiment.data?.name,
  );
  useEffect(() => {
    if (experiment.data) remember({ kind: 'experiment', label: experiment.data.name, to: `/e/${key}` });
  }, [experiment.data, key]);

  // Which metric comes first is decided once, with the first data: it must not change under the eyes.
  const decided = useRef<{ id: number; metric: ReturnType<typeof primaryMetric> }>({ id: Number.NaN, metric: null });
  const latest = experiment.data ? primaryMetric(experiment.data, table.runs) : null;
  const set = experiment.data?.primaryMetric;
  if (decided.current.id !== id || !decided.current.metric || (set && set.key !== decided.current.metric.key))
    decided.current = { id, metric: latest };
  const primary = decided.current.metric;

  const varying = useMemo(
    () => (keys.data?.params ?? []).filter((param) => param.varies).map((param) => param.key),
    [keys.data],
  );
  const columns = useMemo(() => columnsOf(primary, varying, narrow), [primary, varying, narrow]);
  const metricKeys = useMemo(() => keys.data?.metrics.map((metric) => metric.key) ?? [], [keys.data]);
  const filterKeys = useMemo(
    () => [
      'status',
      'name',
      ...metricKeys.flatMap((metric) => [`metrics.${metric}.min`, `metrics.${metric}.max`, `metrics.${metric}.last`]),
      ...(keys.data?.params.map((param) => `params.${param.key}`) ?? []),
    ],
    [metricKeys, keys.data],
  );
  const actions = useShowActions(shown, table.runs, setView);
  const onWidth = useCallback((split: number) => setView({ split }, 'replace'), [setView]);
  const onMore = useCallback(() => table.more(), [table.more]);

  if (!Number.isInteger(id) || (experiment.isError && !experiment.data))
    return (
      <ErrorPanel
        heading="Experiment"
        error={experiment.error ?? new Error(`There is no experiment "${key}".`)}
        message={Number.isInteger(id) ? undefined : `There is no experiment "${key}".`}
        onRetry={() => void experiment.refetch()}
      />
    );
  if (experiment.isPending) return <Skeleton rows={20} what="the experiment" />;

  const none = !table.pending && table.runs.length === 0 && view.q === '' && !table.error;
  const badSort = table.error instanceof ApiError && table.error.details.some(({ path }) => path.includes('sort'));
  const tabLink = (tab: View['tab']) => ({
    to: `/e/${key}`,
    search: writeView({ ...view, tab }),
  });
  const left = (
    <div className={styles.left}>
      <div className={styles.filter}>
        <FilterField value={view.q} error={table.error} keys={filterKeys} onChange={(q) => setView({ q })} />
      </div>
      {table.pending ? (
        <Skeleton rows={20} what="the runs" />
      ) : table.runs.length === 0 && view.q !== '' ? (
        <div className={styles.fill}>
          {!table.error && (
            <EmptyState text={`No run matches. ${experiment.data.runs} without the filter.`}>
              <button type="button" className={styles.link} onClick={() => setView({ q: '' })}>
                Clear
              </button>
            </EmptyState>
          )}
        </div>
      ) : table.error && table.runs.length === 0 ? (
        <div>
          <ErrorPanel error={table.error} onRetry={table.retry} />
          {badSort && (
            <button type="button" className={styles.link} onClick={() => setView({ sort: '-created' })}>
              Newest first
            </button>
          )}
        </div>
      ) : (
        <RunTable
          runs={table.runs}
          total={table.total}
          columns={columns}
          shown={shown}
          sort={view.sort}
          hasMore={table.hasMore}
          now={now}
          onMore={onMore}
          onSort={(sort) => setView({ sort })}
          onShow={actions.show}
          onShowExactly={actions.exactly}
          onAuto={actions.auto}
        />
      )}
      <TableFoot
        table={table}
        shown={shown}
        show={view.show}
        actions={actions}
        onFilterOff={() => setView({ q: '' })}
      />
    </div>
  );
  const right = (
    <div className={styles.right}>
      <div className={styles.tabs}>
        <Tabs
          label="Views of the shown runs"
          current={view.tab === 'runs' && !narrow ? 'charts' : view.tab}
          tabs={[
            { id: 'charts', label: 'Charts', ...tabLink('charts') },
            ...(narrow ? [{ id: 'runs', label: 'Runs', count: table.total, ...tabLink('runs') }] : []),
            { id: 'diff', label: 'Diff', ...tabLink('diff') },
          ]}
        />
      </div>
      {narrow && view.tab === 'charts' && <ShownLegend runs={shown.runs} />}
      {narrow && view.tab === 'runs' ? (
        <div className={styles.sheet}>{left}</div>
      ) : view.tab === 'diff' ? (
        <DiffPane runs={shown.runs} all={view.all} onAll={(all) => setView({ all })} />
      ) : (
        <ChartsPane
          view={view}
          setView={setView}
          runs={shown.runs}
          keys={metricKeys}
          primary={primary}
          total={experiment.data.runs}
          onShowBest={() => actions.best(primary)}
        />
      )}
    </div>
  );
  return (
    <>
      <ExperimentHead experiment={experiment.data} primary={primary} keys={metricKeys} />
      {none ? (
        <EmptyState text="No runs yet. Queue one, or send a config from the terminal.">
          <Link to="/new" search={{ e: experiment.data.name }}>
            New run
          </Link>
          <CopyLine text="npx tidemark run submit cats.yaml" label="Copy the command" />
        </EmptyState>
      ) : narrow ? (
        right
      ) : (
        <SplitPane left={left} right={right} width={view.split} onWidth={onWidth} />
      )}
    </>
  );
}
