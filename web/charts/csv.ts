import type { ChartLine } from './line.ts';

/** The points as drawn, full doubles, one row a point. */
export function toCsv(key: string, lines: readonly ChartLine[]): string {
  const quote = (text: string): string => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const rows = ['run,ordinal,key,x,step,value,smoothed'];
  for (const line of lines) {
    for (let i = 0; i < line.x.length; i++) {
      rows.push(
        [line.id, line.ordinal, quote(key), line.x[i], line.step[i], line.y[i], line.smooth?.[i] ?? ''].join(','),
      );
    }
  }
  return `${rows.join('\n')}\n`;
}
