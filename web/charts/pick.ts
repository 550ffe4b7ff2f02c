import { formatDuration } from '../format/duration.ts';
import { formatNumber } from '../format/number.ts';
import { formatClock, formatDate } from '../format/time.ts';
import type { XAxis } from '../state/view.ts';
import type { TooltipRow } from './hover.ts';
import { covers, nearest, REACH } from './nearest.ts';
import type { Projection } from './paint.ts';
import type { Scene } from './scene.ts';

export interface Picked {
  readonly rows: readonly TooltipRow[];
  readonly more: number;
  readonly hovered: string | null;
}

/** The `limit` lines nearest to a height at x, best first; the nearest within 20 CSS pixels is the hovered one. */
export function pick(scene: Scene, p: Projection, x: number, y: number | null, limit: number): Picked {
  const room = (p.to - p.from) * REACH;
  const found: { row: TooltipRow; distance: number }[] = [];
  for (const line of scene.lines) {
    const index = nearest(line.x, x);
    if (index < 0 || !covers(line.x, x, room)) continue;
    const value = line.y[index] as number;
    const smooth = line.smooth?.[index] ?? null;
    const drawn = smooth ?? value;
    const distance =
      y === null || !Number.isFinite(drawn) ? Number.POSITIVE_INFINITY : Math.abs(p.y(drawn) - y) / p.ratio;
    found.push({
      row: { id: line.id, label: line.label, style: line.style, value, smooth, step: line.step[index] as number },
      distance,
    });
  }
  found.sort((a, b) => a.distance - b.distance);
  const closest = found[0];
  const kept = found.slice(0, limit).map((entry) => entry.row);
  const sign = scene.mode === 'max' ? -1 : 1;
  const rank = (row: TooltipRow): number => (Number.isFinite(row.value) ? sign * (row.smooth ?? row.value) : Infinity);
  kept.sort((a, b) => rank(a) - rank(b));
  return {
    rows: kept,
    more: found.length - kept.length,
    hovered: closest && closest.distance <= 20 ? closest.row.id : null,
  };
}

/** A place on the axis in words. Steps and epochs in their own units, moments in milliseconds, time since start in seconds. */
export function formatX(axis: XAxis, x: number): string {
  if (axis === 'time') return `${formatDate(x)}:${formatClock(x).slice(6)}`;
  if (axis === 'rel') return formatDuration(x * 1000);
  return `${axis} ${formatNumber(Number.isInteger(x) ? x : Number(x.toPrecision(6)))}`;
}
