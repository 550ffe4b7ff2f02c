import { useState } from 'react';
import { Swatch } from '../components/Swatch.tsx';
import { formatNumber } from '../format/number.ts';
import styles from './ChartTable.module.css';
import type { Scene } from './scene.ts';

type Column = 'run' | 'first' | 'last' | 'best' | 'step';

/** The chart's other form, for reading and for screen readers: run × first, last, best and where. */
export function ChartTable({ scene, label }: { scene: Scene; label: string }) {
  const [sort, setSort] = useState<{ by: Column; down: boolean }>({ by: 'best', down: scene.mode === 'max' });
  const better = (a: number, b: number): boolean => (scene.mode === 'max' ? a > b : a < b);
  const rows = scene.lines.map((line) => {
    let best = -1;
    const extremes = scene.mode === 'max' ? line.high : line.low;
    for (let i = 0; i < line.y.length; i++) {
      const value = extremes?.[i] ?? (line.y[i] as number);
      const known = best < 0 ? Number.NaN : (extremes?.[best] ?? (line.y[best] as number));
      if (Number.isFinite(value) && (best < 0 || better(value, known))) best = i;
    }
    return {
      line,
      run: line.ordinal,
      first: line.y[0] ?? Number.NaN,
      last: line.y.at(-1) ?? Number.NaN,
      best: best < 0 ? Number.NaN : (extremes?.[best] ?? (line.y[best] as number)),
      step: best < 0 ? Number.NaN : (line.step[best] as number),
    };
  });
  rows.sort((a, b) => {
    const left = a[sort.by];
    const right = b[sort.by];
    if (Number.isNaN(left)) return 1;
    if (Number.isNaN(right)) return -1;
    return sort.down ? right - left : left - right;
  });
  const heading = (by: Column, text: string) => (
    <th aria-sort={sort.by === by ? (sort.down ? 'descending' : 'ascending') : 'none'}>
      <button type="button" onClick={() => setSort({ by, down: sort.by === by ? !sort.down : by !== 'run' })}>
        {text}
        {sort.by === by && (sort.down ? ' ↓' : ' ↑')}
      </button>
    </th>
  );
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and the keyboard must reach that.
    <div className={styles.wrap} tabIndex={0} role="region" aria-label={label}>
      <table className={styles.table}>
        <thead>
          <tr>
            {heading('run', 'Run')}
            {heading('first', 'First')}
            {heading('last', 'Last')}
            {heading('best', `Best ${scene.mode === 'max' ? '↑' : '↓'}`)}
            {heading('step', 'Step')}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ line, first, last, best, step }) => (
            <tr key={line.id}>
              <th scope="row">
                <Swatch style={line.style} /> {line.label}
              </th>
              <td title={String(first)}>{formatNumber(first)}</td>
              <td title={String(last)}>{formatNumber(last)}</td>
              <td title={String(best)}>{formatNumber(best)}</td>
              <td>{Number.isNaN(step) ? '–' : formatNumber(step)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
