import { useNavigate } from '@tanstack/react-router';
import type { Run } from '@tidemark/api/contract/runs';
import { type KeyboardEvent, useCallback, useEffect, useRef, useState } from 'react';
import { hoverRun } from '../../charts/hover.ts';
import { styleTags } from '../../charts/style.ts';
import { useFixedRows } from '../../components/useFixedRows.ts';
import { singleKeys, typing } from '../../state/keys.ts';
import { useMedia } from '../../state/media.ts';
import type { Column } from './columns.tsx';
import { EyeMenu } from './EyeMenu.tsx';
import { RunRow } from './RunRow.tsx';
import styles from './RunTable.module.css';
import type { ShownRuns } from './useShown.ts';

interface Props {
  runs: readonly Run[];
  total: number;
  columns: readonly Column[];
  shown: ShownRuns;
  sort: string;
  hasMore: boolean;
  now: number;
  onMore(): void;
  onSort(sort: string): void;
  onShow(runs: readonly Run[], shown: boolean): void;
  onShowExactly(runs: readonly Run[]): void;
  onAuto(count: number): void;
}

/** Rows are virtual and of one height; the row that is active has the focus, the eye says what is drawn. */
export function RunTable(props: Props) {
  const { runs, total, columns, shown, sort, hasMore, now, onMore, onSort, onShow } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const body = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState(0);
  const anchor = useRef<{ index: number; shown: boolean } | null>(null);
  const navigate = useNavigate();
  const touch = useMedia('(max-width: 768px)');
  const height = touch ? 52 : 28;
  const nameWidth = touch ? 216 : 204;
  const template = `${nameWidth}px ${columns.map((column) => `${column.width}px`).join(' ')}`;
  const width = nameWidth + columns.reduce((sum, column) => sum + column.width, 0);
  const rows = useFixedRows(scroller, runs.length, height, touch ? 44 : 28);
  const items = runs.slice(rows.first, rows.last);
  useEffect(() => {
    if (hasMore && rows.last > runs.length - 60) onMore();
  }, [hasMore, rows.last, runs.length, onMore]);

  // A line that is hovered tints its row, without a render.
  useEffect(() => {
    const tint = (): void => {
      const id = hoverRun.get();
      for (const row of body.current?.querySelectorAll<HTMLElement>('[data-run]') ?? []) {
        row.toggleAttribute('data-lit', row.dataset.run === id);
      }
    };
    tint();
    return hoverRun.subscribe(tint);
  });

  const onHover = useCallback((id: string | null) => hoverRun.set(id), []);
  const showOne = useCallback((run: Run, on: boolean) => onShow([run], on), [onShow]);
  const tags = styleTags(shown.runs.map((run) => run.ordinal));

  function focusRow(index: number): void {
    const next = Math.max(0, Math.min(runs.length - 1, index));
    setActive(next);
    rows.reveal(next);
    requestAnimationFrame(() => body.current?.querySelector<HTMLElement>(`[data-row="${next}"]`)?.focus());
    const run = runs[next];
    if (run) hoverRun.set(run.id);
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    const run = runs[active];
    const single = singleKeys.get();
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (key === 'ArrowDown' || (single && key === 'j')) focusRow(active + 1);
    else if (key === 'ArrowUp' || (single && key === 'k')) focusRow(active - 1);
    else if (key === 'Home') focusRow(0);
    else if (key === 'End') focusRow(runs.length - 1);
    else if (key === 'PageDown') focusRow(active + 20);
    else if (key === 'PageUp') focusRow(active - 20);
    else if (key === 'Enter' && run) void navigate({ to: '/r/$run', params: { run: run.id } });
    else if (single && key === 'x' && run) {
      if (event.shiftKey && anchor.current) {
        const [from, to] = [anchor.current.index, active].sort((a, b) => a - b) as [number, number];
        onShow(runs.slice(from, to + 1), anchor.current.shown);
      } else {
        anchor.current = { index: active, shown: !shown.ids.has(run.id) };
        onShow([run], !shown.ids.has(run.id));
      }
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  function sortBy(column: Column): void {
    if (!column.sort) return;
    const up = sort === column.sort;
    const down = sort === `-${column.sort}`;
    onSort(up ? `-${column.sort}` : down ? column.sort : `${column.down ? '-' : ''}${column.sort}`);
  }

  return (
    <div
      className={styles.scroller}
      ref={scroller}
      role="grid"
      aria-label="Runs"
      aria-rowcount={total + 1}
      aria-colcount={columns.length + 1}
      onKeyDown={onKeyDown}
    >
      <div role="rowgroup" className={styles.head} style={{ width }}>
        <div role="row" aria-rowindex={1} className={styles.headRow} style={{ gridTemplateColumns: template }}>
          <div role="columnheader" className={styles.name}>
            <EyeMenu {...props} />
            <span>Name</span>
          </div>
          {columns.map((column) => {
            const direction = sort === column.sort ? 'ascending' : sort === `-${column.sort}` ? 'descending' : 'none';
            return (
              <div
                key={column.id}
                role="columnheader"
                aria-sort={direction}
                className={styles.cell}
                data-number={column.number || undefined}
              >
                {column.sort ? (
                  <button type="button" title={column.tip} onClick={() => sortBy(column)}>
                    {column.title}
                    {direction !== 'none' && <span aria-hidden="true">{direction === 'ascending' ? ' ▴' : ' ▾'}</span>}
                  </button>
                ) : (
                  column.title
                )}
              </div>
            );
          })}
        </div>
      </div>
      <div role="rowgroup" ref={body} className={styles.body} style={{ height: rows.size, width }}>
        {items.map((run, offset) => {
          const index = rows.first + offset;
          return (
            <RunRow
              key={run.id}
              run={run}
              columns={columns}
              template={template}
              index={index}
              top={index * height}
              height={height}
              shown={shown.ids.has(run.id)}
              active={index === active}
              tag={tags.get(run.ordinal) ?? ''}
              now={now}
              onShow={showOne}
              onHover={onHover}
              onActivate={setActive}
            />
          );
        })}
      </div>
    </div>
  );
}
