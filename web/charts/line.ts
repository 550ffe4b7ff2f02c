import type { SeriesOut } from '@tidemark/api/contract/metrics';
import { smooth } from './smooth.ts';
import { type SeriesStyle, seriesStyle } from './style.ts';

/** One run's series, ready to be drawn. Arrays have equal lengths; y keeps NaN and infinities. */
export interface ChartLine {
  readonly id: string;
  readonly ordinal: number;
  readonly label: string;
  readonly style: SeriesStyle;
  /** Tells apart two lines that share a style; empty when there is no need. */
  readonly tag: string;
  readonly x: readonly number[];
  readonly step: readonly number[];
  readonly y: readonly number[];
  /** A bucket's extremes; null where every point is shown. */
  readonly low: readonly (number | null)[] | null;
  readonly high: readonly (number | null)[] | null;
  readonly smooth: readonly (number | null)[] | null;
  readonly nan: readonly number[] | null;
  readonly up: readonly number[] | null;
  readonly down: readonly number[] | null;
  readonly total: number;
  readonly shown: number;
  readonly exact: boolean;
}

export interface LineOwner {
  readonly id: string;
  readonly ordinal: number;
  readonly name: string;
}

/** A reply's series as a line, smoothed when halfLife (in axis units) is above 0. */
export function toLine(series: SeriesOut, owner: LineOwner, halfLife: number, tag = ''): ChartLine {
  const y = series.value.map(Number);
  const bucketed = !series.exact && series.mean !== undefined;
  const mean = bucketed ? (series.mean ?? []) : y.map((value) => (Number.isFinite(value) ? value : null));
  const nan = series.nan ?? (series.exact ? flags(y, Number.isNaN) : null);
  const up = series.positiveInfinity ?? (series.exact ? flags(y, (v) => v === Number.POSITIVE_INFINITY) : null);
  const down = series.negativeInfinity ?? (series.exact ? flags(y, (v) => v === Number.NEGATIVE_INFINITY) : null);
  const count = (series.count ?? y.map(() => 1)).map((points, i) =>
    bucketed ? Math.max(1, points - (nan?.[i] ?? 0) - (up?.[i] ?? 0) - (down?.[i] ?? 0)) : 1,
  );
  return {
    id: owner.id,
    ordinal: owner.ordinal,
    label: `#${owner.ordinal} ${owner.name}`,
    style: seriesStyle(owner.ordinal),
    tag,
    x: series.x,
    step: series.step,
    y,
    low: bucketed ? (series.min ?? null) : null,
    high: bucketed ? (series.max ?? null) : null,
    smooth: halfLife > 0 ? smooth({ x: series.x, mean, count }, halfLife) : null,
    nan,
    up,
    down,
    total: series.total,
    shown: series.shown,
    exact: series.exact,
  };
}

function flags(values: readonly number[], is: (value: number) => boolean): number[] | null {
  return values.some(is) ? values.map((value) => (is(value) ? 1 : 0)) : null;
}
