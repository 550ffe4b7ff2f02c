import { formatDuration } from '../format/duration.ts';
import { formatNumber } from '../format/number.ts';
import type { XAxis } from './view.ts';

/** The slider's positions, 0 … 100, over three decades below the axis' span; 0 is off. Rounded to two digits. */
export function halfLifeAt(position: number, span: number): number {
  if (position <= 0 || span <= 0) return 0;
  const value = (span / 2) * 10 ** ((position / 100 - 1) * 2.5);
  return Number(value.toPrecision(2));
}

export function positionOf(halfLife: number, span: number): number {
  if (halfLife <= 0 || span <= 0) return 0;
  return Math.min(100, Math.max(1, Math.round((Math.log10(halfLife / (span / 2)) / 2.5 + 1) * 100)));
}

/** `40 steps`, `2 epochs`, `30 s`. */
export function halfLifeText(halfLife: number, axis: XAxis): string {
  if (halfLife <= 0) return 'off';
  if (axis === 'time') return formatDuration(halfLife);
  if (axis === 'rel') return formatDuration(halfLife * 1000);
  return `${formatNumber(halfLife, 2)} ${axis}${halfLife === 1 ? '' : 's'}`;
}
