import { Link } from '@tanstack/react-router';
import type { Run } from '@tidemark/api/contract/runs';
import { memo } from 'react';
import { seriesStyle } from '../../charts/style.ts';
import { EyeSwitch } from '../../components/EyeSwitch.tsx';
import { MiddleText } from '../../components/MiddleText.tsx';
import { Swatch } from '../../components/Swatch.tsx';
import type { Column } from './columns.tsx';
import styles from './RunTable.module.css';

interface Props {
  run: Run;
  columns: readonly Column[];
  template: string;
  index: number;
  top: number;
  height: number;
  shown: boolean;
  active: boolean;
  tag: string;
  now: number;
  onShow(run: Run, shown: boolean): void;
  onHover(id: string | null): void;
  onActivate(index: number): void;
}

export const RunRow = memo(function RunRow(props: Props) {
  const { run, columns, template, index, top, height, shown, active, tag, now, onShow, onHover, onActivate } = props;
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      aria-selected={active}
      tabIndex={active ? 0 : -1}
      data-row={index}
      data-run={run.id}
      className={styles.row}
      style={{ gridTemplateColumns: template, height, transform: `translateY(${top}px)` }}
      onPointerEnter={() => onHover(run.id)}
      onPointerLeave={() => onHover(null)}
      onFocus={() => onActivate(index)}
    >
      <div role="gridcell" className={styles.name}>
        <EyeSwitch name={run.name} shown={shown} onChange={(next) => onShow(run, next)} tabIndex={-1} />
        <span className={styles.swatch} data-hidden={!shown || undefined}>
          <Swatch style={seriesStyle(run.ordinal)} />
        </span>
        <Link to="/r/$run" params={{ run: run.id }} className={styles.link} tabIndex={-1}>
          <span className={styles.ordinal}>#{run.ordinal}</span>
          <MiddleText text={run.name} />
        </Link>
        {tag && <span className={styles.tag}>{tag}</span>}
      </div>
      {columns.map((column) => (
        <div key={column.id} role="gridcell" className={styles.cell} data-number={column.number || undefined}>
          {column.cell(run, now)}
        </div>
      ))}
    </div>
  );
});
