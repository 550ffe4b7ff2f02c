import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { Run } from '@tidemark/api/contract/runs';
import { EllipsisVertical } from 'lucide-react';
import { useEffect, useMemo, useRef, useState } from 'react';
import { ErrorPanel } from '../components/ErrorPanel.tsx';
import { Menu } from '../components/Menu.tsx';
import { Num } from '../components/Num.tsx';
import { formatNumber } from '../format/number.ts';
import { metricsQuery } from '../queries.ts';
import { axisSpan } from '../state/axis-span.ts';
import { isGoal } from '../state/metric-mode.ts';
import { bestOf, isLive, longPlace, type Metric, placeOf } from '../state/primary.ts';
import type { XAxis } from '../state/view.ts';
import styles from './ChartCard.module.css';
import { ChartTable } from './ChartTable.tsx';
import { toCsv } from './csv.ts';
import { download } from './download.ts';
import { crosshair } from './hover.ts';
import { LineChart } from './LineChart.tsx';
import { toLine } from './line.ts';
import { pointsNote, undrawable } from './note.ts';
import type { Mark, Scene } from './scene.ts';
import { smoothLead, smoothPoints } from './smooth.ts';
import { styleTags } from './style.ts';

export interface ChartCardProps {
  metric: Metric;
  runs: readonly Run[];
  axis: XAxis;
  range: readonly [number, number] | null;
  onRange(range: readonly [number, number] | null): void;
  /** Half-life in axis units; 0: off. */
  smooth: number;
  log: boolean;
  onLog(log: boolean): void;
  /** Draws the tide line at the best shown value. */
  tide?: boolean;
  /** Of how many runs these are, for the count in the head. */
  total?: number;
  height?: number;
  checkpoints?: readonly Mark[];
  resumes?: readonly Mark[];
  full?: boolean;
  onFull?(full: boolean): void;
}

const API_AXIS = { step: 'step', epoch: 'epoch', time: 'wall', rel: 'relative' } as const;
const NO_MARKS: readonly Mark[] = [];
const NO_RUNS: ReadonlySet<string> = new Set();
/** More lines than this cannot be told apart by colour. */
const CROWD = 48;
const COLOURED = 5;

/** One metric of the shown runs: its curve, what it says about itself, and what can be done with it. */
export function ChartCard(props: ChartCardProps) {
  const {
    metric,
    runs,
    axis,
    range,
    onRange,
    smooth,
    log,
    onLog,
    tide = false,
    total,
    height = 220,
    full = false,
  } = props;
  const { checkpoints = NO_MARKS, resumes = NO_MARKS, onFull } = props;
  const box = useRef<HTMLDivElement>(null);
  const [points, setPoints] = useState(500);
  const [asTable, setAsTable] = useState(false);
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    // In steps of 100, so that a few pixels do not ask for the same curve again.
    const observer = new ResizeObserver(() => {
      const pixels = element.clientWidth * Math.min(2, window.devicePixelRatio);
      setPoints(Math.min(2000, Math.max(200, Math.round(pixels / 100) * 100)));
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  const having = useMemo(() => runs.filter((run) => run.metrics[metric.key]), [runs, metric.key]);
  const ids = having.map((run) => run.id);
  const lead = smooth > 0 && range ? smoothLead(smooth) : 0;
  const series = useQuery(
    metricsQuery({
      runs: ids,
      keys: [metric.key],
      points: smoothPoints(points, range ? range[1] - range[0] : axisSpan(having, axis), smooth, lead),
      axis: API_AXIS[axis],
      ...(range ? { from: range[0] - lead, to: range[1] } : {}),
    }),
  );
  const owners = useMemo(() => new Map(having.map((run) => [run.id, run])), [having]);
  const lines = useMemo(() => {
    const tags = styleTags(having.map((run) => run.ordinal));
    return (series.data?.series ?? [])
      .filter((one) => one.key === metric.key && owners.has(one.run))
      .map((one) => {
        const owner = owners.get(one.run) as Run;
        return toLine(one, owner, smooth, tags.get(owner.ordinal));
      });
  }, [series.data, owners, having, metric.key, smooth]);

  const best = useMemo(() => {
    let found: { run: Run; value: number; step: number } | null = null;
    for (const run of having) {
      const own = bestOf(run, metric);
      if (own && (!found || (metric.mode === 'max' ? own.value > found.value : own.value < found.value)))
        found = { run, ...own };
    }
    return found;
  }, [having, metric]);
  const [allColours, setAllColours] = useState(false);
  const crowded = having.length > CROWD;
  const neutral = useMemo(
    () => (crowded && !allColours ? crowdOf(having, metric) : NO_RUNS),
    [crowded, allColours, having, metric],
  );
  const live = having.some(isLive);
  const goal = isGoal(metric.key);
  const place = best ? placeOf(best.run, best.step) : null;
  const tideValue = tide && best ? best.value : null;
  const tideLabel =
    best && place
      ? `${formatNumber(best.value)}  #${best.run.ordinal} ${place.kind === 'epoch' ? 'e' : ''}${place.value}`
      : '';
  const scene: Scene = useMemo(
    () => ({
      id: metric.key,
      title: metric.key,
      mode: metric.mode,
      lines,
      axis,
      log,
      range,
      tide: tideValue === null ? null : { value: tideValue, label: tideLabel },
      checkpoints,
      resumes,
      neutral,
      live,
      onRange,
    }),
    [metric, lines, axis, log, range, tideValue, tideLabel, checkpoints, resumes, neutral, live, onRange],
  );
  const label = `${metric.key} by ${axis === 'rel' ? 'time since start' : axis}, ${having.length} ${having.length === 1 ? 'run' : 'runs'}${
    goal && best
      ? `, best ${formatNumber(best.value)} by #${best.run.ordinal} at ${longPlace(best.run, best.step)}`
      : ''
  }`;
  const chips = undrawable(lines, log);
  const finite = lines.some((line) => line.y.some(Number.isFinite));
  const unplaced = series.data?.unplaced.length ?? 0;

  return (
    <section className={styles.card} data-full={full || undefined} aria-label={metric.key}>
      <header className={styles.head}>
        <h3 title={metric.key}>
          {metric.key} {goal && <span className={styles.arrow}>{metric.mode === 'max' ? '↑' : '↓'}</span>}
        </h3>
        {goal && best && (
          <Link
            to="/r/$run"
            params={{ run: best.run.id }}
            className={styles.best}
            title={`Best of the shown: ${label}`}
          >
            <Num value={best.value} /> #{best.run.ordinal}
          </Link>
        )}
        {total !== undefined && (
          <span className={styles.count} title="Shown runs that logged it, of all">
            {having.length}/{total}
          </span>
        )}
        <Menu
          label={`${metric.key}: chart menu`}
          look="icon"
          trigger={<EllipsisVertical size={14} aria-hidden="true" />}
          items={[
            { label: 'Logarithmic y', hint: log ? 'on  L' : 'L', onSelect: () => onLog(!log) },
            { label: asTable ? 'As a chart' : 'As a table', hint: 'V', onSelect: () => setAsTable(!asTable) },
            { label: 'Reset zoom', hint: '0', disabled: !range, onSelect: () => onRange(null) },
            ...(onFull ? [{ label: full ? 'Leave full screen' : 'Full screen', onSelect: () => onFull(!full) }] : []),
            {
              label: 'Export CSV (as drawn)',
              onSelect: () => download(`${metric.key.replaceAll('/', '-')}.csv`, 'text/csv', toCsv(metric.key, lines)),
            },
          ]}
        />
      </header>
      <div ref={box} className={styles.plot} style={full ? undefined : { height }}>
        {series.isError && lines.length === 0 ? (
          <ErrorPanel error={series.error} onRetry={() => void series.refetch()} />
        ) : having.length === 0 ? (
          <p className={styles.none}>
            {runs.length === 0 ? 'All runs are hidden.' : `None of the ${runs.length} shown runs logged ${metric.key}.`}
          </p>
        ) : lines.length === 0 ? (
          <div className={styles.frame} aria-busy="true">
            {unplaced > 0 && !series.isFetching && (
              <p className={styles.none}>No shown run logged epochs: choose another axis.</p>
            )}
          </div>
        ) : asTable ? (
          <ChartTable scene={scene} label={label} />
        ) : finite ? (
          <LineChart scene={scene} label={label} onLog={onLog} onTable={() => setAsTable(true)} />
        ) : (
          <p className={styles.none}>
            All {lines.reduce((sum, line) => sum + line.total, 0)} values are NaN or infinite, from step{' '}
            {lines[0]?.step[0] ?? 0}.
          </p>
        )}
      </div>
      <footer className={styles.note}>
        <span>{pointsNote(lines)}</span>
        {range && (
          <button type="button" className={styles.chip} onClick={() => onRange(null)}>
            zoomed · reset
          </button>
        )}
        {crowded && (
          <button
            type="button"
            className={styles.chip}
            aria-pressed={!allColours}
            onClick={() => setAllColours(!allColours)}
          >
            {allColours ? 'every line in its colour' : `colour: the ${COLOURED} best of ${having.length}`}
          </button>
        )}
        {chips.map((chip) => (
          <button
            key={chip.text}
            type="button"
            className={styles.chip}
            title={`${chip.title}; the first is marked`}
            onClick={() => crosshair.set({ axis, x: chip.x })}
          >
            {chip.text}
          </button>
        ))}
        {unplaced > 0 && lines.length > 0 && <span>{unplaced} without epochs</span>}
        {series.isError && lines.length > 0 && (
          <span className={styles.stale}>not refreshed: {series.error.message}</span>
        )}
      </footer>
    </section>
  );
}

/** All but the best few. */
function crowdOf(runs: readonly Run[], metric: Metric): ReadonlySet<string> {
  const sign = metric.mode === 'max' ? -1 : 1;
  const rank = (run: Run): number => sign * (bestOf(run, metric)?.value ?? Number.POSITIVE_INFINITY * sign);
  return new Set(
    [...runs]
      .sort((a, b) => rank(a) - rank(b))
      .slice(COLOURED)
      .map((run) => run.id),
  );
}
