import { Archive, RefreshCw } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { useRunActions } from '../../actions/useRunActions.ts';
import { Menu } from '../../components/Menu.tsx';
import type { Shown } from '../../state/view.ts';
import styles from './RunTable.module.css';
import type { RunTableData } from './useRunTable.ts';
import type { ShowActions } from './useShowActions.ts';
import type { ShownRuns } from './useShown.ts';

interface Props {
  table: RunTableData;
  shown: ShownRuns;
  show: Shown;
  actions: ShowActions;
  onFilterOff(): void;
}

/** Counts that are exact, what waits for a word, and what can be done with the set that is shown. */
export function TableFoot({ table, shown, show, actions, onFilterOff }: Props) {
  const foot = useRef<HTMLDivElement>(null);
  const { remove, cancel } = useRunActions();
  const { moved, apply } = table;

  // A changed order applies by itself only after five seconds without pointer and focus in the table.
  useEffect(() => {
    const pane = foot.current?.parentElement;
    if (!moved || !pane) return;
    let quiet = performance.now();
    const timer = setInterval(() => {
      if (pane.matches(':hover') || pane.contains(document.activeElement)) quiet = performance.now();
      else if (performance.now() - quiet > 5000) apply();
    }, 500);
    return () => clearInterval(timer);
  }, [moved, apply]);

  const auto = 'auto' in show;
  const ended = shown.runs.filter((run) => !['running', 'cancelling', 'queued'].includes(run.status));
  const stoppable = shown.runs.filter((run) => run.status === 'running' || run.status === 'queued');
  return (
    <div className={styles.foot} ref={foot}>
      <span aria-live="polite">
        {shown.runs.length} shown{auto ? ' · auto' : ''} of {table.total}
      </span>
      {table.waiting > 0 && (
        <button type="button" className={styles.pill} onClick={apply}>
          {table.waiting} new {table.waiting === 1 ? 'run' : 'runs'} ↑
        </button>
      )}
      {moved && table.waiting === 0 && (
        <button type="button" className={styles.pill} onClick={apply}>
          <RefreshCw size={11} aria-hidden="true" /> Order changed · Re-sort
        </button>
      )}
      {shown.outside > 0 && (
        <>
          <span>{shown.outside} outside the filter</span>
          <button type="button" className={styles.pill} onClick={onFilterOff}>
            Show
          </button>
          <button
            type="button"
            className={styles.pill}
            onClick={() => actions.exactly(shown.runs.filter((run) => table.runs.some((row) => row.id === run.id)))}
          >
            Drop
          </button>
        </>
      )}
      <Menu
        label="With the shown runs"
        look="quiet"
        trigger={
          <>
            <Archive size={13} aria-hidden="true" /> Shown…
          </>
        }
        items={[
          {
            label: `Delete ${ended.length} ended`,
            hint: auto ? 'choose with the eye first' : '',
            disabled: auto || ended.length === 0,
            onSelect: () => void remove(ended),
          },
          {
            label: stoppable.length === 1 ? `Cancel #${stoppable[0]?.ordinal}` : 'Cancel one run at a time on its page',
            disabled: auto || stoppable.length !== 1,
            danger: true,
            onSelect: () => {
              const [run] = stoppable;
              if (run) void cancel(run);
            },
          },
        ]}
      />
    </div>
  );
}
