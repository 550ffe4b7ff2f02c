import type { ChartLine } from './line.ts';

const count = new Intl.NumberFormat('en');

/** What a chart says about its own points: `exact · 6,300 points`, or `1,000 of 250,000 points`. */
export function pointsNote(lines: readonly ChartLine[]): string {
  let total = 0;
  let shown = 0;
  let exact = true;
  for (const line of lines) {
    total += line.total;
    shown += line.shown;
    exact &&= line.exact;
  }
  if (total === 0) return '';
  const points = total === 1 ? 'point' : 'points';
  return exact ? `exact · ${count.format(shown)} ${points}` : `${count.format(shown)} of ${count.format(total)} points`;
}

export interface Undrawable {
  /** `NaN ▽3`. */
  readonly text: string;
  readonly title: string;
  /** Where the first one is. */
  readonly x: number;
}

/** What no line can show: NaN, infinities, and values that a logarithmic axis has no place for. */
export function undrawable(lines: readonly ChartLine[], log: boolean): Undrawable[] {
  const kinds = [
    { name: 'NaN', sign: '▽', title: 'NaN', of: (line: ChartLine, i: number) => line.nan?.[i] ?? 0 },
    { name: '+∞', sign: '▲', title: '+Infinity', of: (line: ChartLine, i: number) => line.up?.[i] ?? 0 },
    { name: '−∞', sign: '▼', title: '−Infinity', of: (line: ChartLine, i: number) => line.down?.[i] ?? 0 },
    {
      name: '≤ 0',
      sign: '▁',
      title: 'not above 0, so without a place on a logarithmic axis',
      of: (line: ChartLine, i: number) => (log && Number.isFinite(line.y[i]) && (line.y[i] as number) <= 0 ? 1 : 0),
    },
  ];
  const found: Undrawable[] = [];
  for (const kind of kinds) {
    let sum = 0;
    let first = Number.POSITIVE_INFINITY;
    for (const line of lines) {
      for (let i = 0; i < line.x.length; i++) {
        const number = kind.of(line, i);
        if (number === 0) continue;
        sum += number;
        first = Math.min(first, line.x[i] as number);
      }
    }
    if (sum > 0) {
      found.push({
        text: `${kind.name} ${kind.sign}${count.format(sum)}`,
        title: `${count.format(sum)} values are ${kind.title}`,
        x: first,
      });
    }
  }
  return found;
}
