import { Search } from 'lucide-react';
import { halfLifeAt, halfLifeText, positionOf } from '../../state/half-life.ts';
import type { View, XAxis } from '../../state/view.ts';
import styles from './ChartToolbar.module.css';

interface Props {
  view: Pick<View, 'x' | 'smooth' | 'find'>;
  /** So few charts need no search where there is little room. */
  few?: boolean;
  /** Length of the x axis in its units. */
  span: number;
  onChange(change: Partial<View>, how?: 'push' | 'replace'): void;
}

const AXES: readonly { value: XAxis; label: string }[] = [
  { value: 'step', label: 'Step' },
  { value: 'epoch', label: 'Epoch' },
  { value: 'time', label: 'Time' },
  { value: 'rel', label: 'Since start' },
];

/** What holds for every chart below it. A half-life is in axis units, so another axis begins without smoothing and zoom. */
export function ChartToolbar({ view, span, few = false, onChange }: Props) {
  return (
    <div className={styles.bar}>
      <label className={styles.item}>
        <span>x</span>
        <select
          value={view.x}
          onChange={(event) => onChange({ x: event.target.value as XAxis, xr: null, smooth: 0 })}
          aria-label="x axis"
        >
          {AXES.map(({ value, label }) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
      </label>
      <label className={styles.item}>
        <span>smooth</span>
        <input
          type="range"
          min={0}
          max={100}
          value={positionOf(view.smooth, span)}
          aria-label="Smoothing half-life"
          aria-valuetext={halfLifeText(view.smooth, view.x)}
          onChange={(event) => onChange({ smooth: halfLifeAt(Number(event.target.value), span) }, 'replace')}
          onDoubleClick={() => onChange({ smooth: 0 })}
        />
        <output className={styles.value}>{halfLifeText(view.smooth, view.x)}</output>
      </label>
      <label className={styles.find} data-few={(few && view.find === '') || undefined}>
        <Search size={14} aria-hidden="true" />
        <input
          type="search"
          placeholder="charts"
          aria-label="Find charts"
          value={view.find}
          onChange={(event) => onChange({ find: event.target.value }, 'replace')}
        />
      </label>
    </div>
  );
}
