import { createPortal } from 'react-dom';
import { Swatch } from '../components/Swatch.tsx';
import { formatNumber } from '../format/number.ts';
import { useStore } from '../state/store.ts';
import styles from './ChartTooltip.module.css';
import { tooltip } from './hover.ts';

/** One for the page. Beside the pointer's column, never over it; frozen by a click so that its text can be taken. */
export function ChartTooltip() {
  const state = useStore(tooltip);
  if (!state) return null;
  const right = state.left > window.innerWidth - 320;
  const low = state.top > window.innerHeight - 260;
  return createPortal(
    <div
      className={styles.tooltip}
      data-frozen={state.frozen || undefined}
      role="tooltip"
      style={{
        [right ? 'right' : 'left']: right ? window.innerWidth - state.left + 16 : state.left + 16,
        [low ? 'bottom' : 'top']: low ? window.innerHeight - state.top + 8 : state.top + 8,
      }}
    >
      <div className={styles.head}>
        <b>{state.title}</b> <span>{state.x}</span>
      </div>
      <ul>
        {state.rows.map((row) => (
          <li key={row.id} data-hovered={row.id === state.hovered || undefined}>
            <Swatch style={row.style} />
            <span className={styles.name}>{row.label}</span>
            <span className={styles.value} title={String(row.value)}>
              {row.smooth === null ? formatNumber(row.value) : `≈ ${formatNumber(row.smooth)}`}
            </span>
            {row.smooth !== null && <span className={styles.raw}>{formatNumber(row.value)}</span>}
          </li>
        ))}
      </ul>
      {state.more > 0 && <p className={styles.more}>and {state.more} more · hold Shift for all</p>}
      {state.frozen && <p className={styles.more}>frozen · Esc lets go</p>}
    </div>,
    document.body,
  );
}
