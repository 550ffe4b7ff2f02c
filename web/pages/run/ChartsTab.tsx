import type { RunDetail } from '@tidemark/api/contract/runs';
import { useCallback, useMemo } from 'react';
import { ChartCard } from '../../charts/ChartCard.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { InView } from '../../components/InView.tsx';
import { axisSpan } from '../../state/axis-span.ts';
import { metricMode } from '../../state/metric-mode.ts';
import { primaryMetric } from '../../state/primary.ts';
import { keyMatcher, sectionsOf } from '../../state/sections.ts';
import { ChartToolbar } from '../experiment/ChartToolbar.tsx';
import { useView } from '../experiment/useView.ts';
import styles from './ChartsTab.module.css';
import { marksOf } from './marks.ts';

/** Every curve of one run, with its checkpoints and the places where it was resumed. */
export function ChartsTab({ run }: { run: RunDetail }) {
  const [view, setView] = useView();
  const primary = primaryMetric(undefined, [run]);
  const runs = useMemo(() => [run], [run]);
  const { checkpoints, resumes } = useMemo(() => marksOf(run, view.x), [run, view.x]);
  const onRange = useCallback(
    (range: readonly [number, number] | null) => setView({ xr: range }, range ? 'replace' : 'push'),
    [setView],
  );
  const keys = Object.keys(run.metrics).filter(keyMatcher(view.find));
  return (
    <div className={styles.tab}>
      <ChartToolbar
        few={Object.keys(run.metrics).length <= 12}
        view={view}
        span={axisSpan(runs, view.x)}
        onChange={setView}
      />
      {keys.length === 0 && <EmptyState text={view.find ? 'No chart matches.' : 'No metric yet.'} />}
      {sectionsOf(keys, primary?.key).map((section) => (
        <section key={section.name} aria-label={section.name || 'metrics'}>
          <h2 className={styles.heading}>{section.name || 'metrics'}</h2>
          <div className={styles.grid}>
            {section.keys.map((key) => (
              <InView key={key} height={278}>
                <ChartCard
                  metric={primary && key === primary.key ? primary : { key, mode: metricMode(key) }}
                  runs={runs}
                  axis={view.x}
                  range={view.xr}
                  onRange={onRange}
                  smooth={view.smooth}
                  log={view.ylog.includes(key)}
                  onLog={(log) =>
                    setView({ ylog: log ? [...view.ylog, key] : view.ylog.filter((other) => other !== key) })
                  }
                  tide={key === primary?.key}
                  checkpoints={checkpoints}
                  resumes={resumes}
                  full={view.full === key}
                  onFull={(full) => setView({ full: full ? key : '' })}
                />
              </InView>
            ))}
          </div>
        </section>
      ))}
    </div>
  );
}
