import { type MetricValue, toNumber } from '@tidemark/api/contract/common';
import type { RunStatus } from '@tidemark/api/contract/runs';
import colors from 'picocolors';

/** `41 s`, `12 min`, `1 h 04 min`, `3 d 2 h`. */
export function duration(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h ${String(minutes % 60).padStart(2, '0')} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** Four significant digits; scientific below 1e-3 and from 1e6 unless whole; missing is `–`. */
export function metric(value: MetricValue | null | undefined): string {
  if (value === null || value === undefined) return '–';
  const number = toNumber(value);
  if (!Number.isFinite(number)) return String(number);
  if (Number.isInteger(number)) return grouped(number);
  const size = Math.abs(number);
  if (size < 1e-3 || size >= 1e6) return number.toExponential(3);
  return number.toPrecision(4);
}

/** Whole numbers from 10 000 in groups of three. */
export function grouped(number: number): string {
  const text = String(number);
  return Math.abs(number) < 10_000 || text.includes('e') ? text : text.replace(/\B(?=(\d{3})+(?!\d))/g, ' ');
}

/** Binary units: `1.4 MiB`. */
export function bytes(count: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let unit = 0;
  while (count >= 1024 && unit < units.length - 1) {
    count /= 1024;
    unit++;
  }
  return `${unit === 0 ? count : count.toFixed(count < 10 ? 1 : 0)} ${units[unit]}`;
}

/** `3 min ago` within a week, else the date and time. */
export function ago(at: number, now: number): string {
  const passed = now - at;
  if (passed < 5000) return 'now';
  if (passed < 7 * 86_400_000) return `${duration(passed)} ago`;
  return new Date(at).toISOString().slice(0, 16).replace('T', ' ');
}

const ICONS: Record<RunStatus, [string, (text: string) => string]> = {
  queued: ['◷', colors.dim],
  running: ['▶', colors.cyan],
  cancelling: ['⟳', colors.yellow],
  finished: ['✓', colors.green],
  pruned: ['✂', colors.dim],
  failed: ['✕', colors.red],
  cancelled: ['⊘', colors.dim],
};

/** A status is always icon and word, never colour alone. */
export function status(of: RunStatus): string {
  const [icon, paint] = ICONS[of];
  return paint(`${icon} ${of}`);
}
