import type { Run } from '@tidemark/api/contract/runs';
import { ChevronDown, ChevronRight } from 'lucide-react';
import { useCallback } from 'react';
import { ChartCard } from '../../charts/ChartCard.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { InView } from '../../components/InView.tsx';
import { axisSpan } from '../../state/axis-span.ts';
import { metricMode } from '../../state/metric-mode.ts';
import type { Metric } from '../../state/primary.ts';
import { keyMatcher, openAtFirst, sectionsOf } from '../../state/sections.ts';
import type { View } from '../../state/view.ts';
import styles from './ChartsPane.module.css';
import { ChartToolbar } from './ChartToolbar.tsx';
import type { SetView } from './useView.ts';

interface Props {
  view: View;
  setView: SetView;
  runs: readonly Run[];
  keys: readonly string[];
  primary: Metric | null;
  total: number;
  onShowBest(): void;
}

export function ChartsPane({ view, setView, runs, keys, primary, total, onShowBest }: Props) {
  const onRange = useCallback(
    (range: readonly [number, number] | null) => setView({ xr: range }, range ? 'replace' : 'push'),
    [setView],
  );
  const matches = keyMatcher(view.find);
  const found = keys.filter(matches);
  const sections = sectionsOf(found, primary?.key);

  if (runs.length === 0)
    return (
      <EmptyState text="All runs are hidden.">
        <button type="button" className={styles.link} onClick={onShowBest}>
          Show the 10 best
        </button>
      </EmptyState>
    );
  return (
    <div className={styles.pane}>
      <ChartToolbar few={keys.length <= 12} view={view} span={axisSpan(runs, view.x)} onChange={setView} />
      <div className={styles.scroll}>
        {keys.length === 0 && <EmptyState text="No metric yet. The first values come after the first steps." />}
        {keys.length > 0 && found.length === 0 && (
          <EmptyState text={`No chart matches. ${keys.length} without the search.`}>
            <button type="button" className={styles.link} onClick={() => setView({ find: '' })}>
              Clear
            </button>
          </EmptyState>
        )}
        {sections.map((section) => {
          const toggled = view.sec.includes(section.name || 'metrics');
          const open = openAtFirst(section, keys.length) !== toggled || view.find !== '';
          const name = section.name || 'metrics';
          const Icon = open ? ChevronDown : ChevronRight;
          return (
            <section key={name} aria-label={name}>
              <h2 className={styles.section}>
                <button
                  type="button"
                  aria-expanded={open}
                  onClick={() =>
                    setView(
                      { sec: toggled ? view.sec.filter((other) => other !== name) : [...view.sec, name] },
                      'replace',
                    )
                  }
                >
                  <Icon size={14} aria-hidden="true" />
                  {name} <span>{section.keys.length}</span>
                </button>
              </h2>
              {open && (
                <div className={styles.grid}>
                  {section.keys.map((key) => (
                    <InView key={key} height={278}>
                      <ChartCard
                        metric={key === primary?.key ? primary : { key, mode: metricMode(key) }}
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
                        total={total}
                        full={view.full === key}
                        onFull={(full) => setView({ full: full ? key : '' })}
                      />
                    </InView>
                  ))}
                </div>
              )}
            </section>
          );
        })}
      </div>
    </div>
  );
}
