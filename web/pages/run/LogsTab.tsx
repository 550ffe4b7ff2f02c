import { useQuery } from '@tanstack/react-query';
import { useVirtualizer } from '@tanstack/react-virtual';
import type { RunDetail } from '@tidemark/api/contract/runs';
import { useEffect, useMemo, useRef, useState } from 'react';
import { EmptyState } from '../../components/EmptyState.tsx';
import { ErrorPanel } from '../../components/ErrorPanel.tsx';
import { Skeleton } from '../../components/Skeleton.tsx';
import { formatClock, formatMoment } from '../../format/time.ts';
import { linesQuery } from '../../queries.ts';
import { isLive } from '../../state/primary.ts';
import styles from './LogsTab.module.css';

/** The console, virtual; it follows the end only while it is at the end. */
export function LogsTab({ run }: { run: RunDetail }) {
  const [find, setFind] = useState('');
  const [level, setLevel] = useState('all');
  const scroller = useRef<HTMLDivElement>(null);
  const follow = useRef(true);
  const query = useQuery(linesQuery(run.id));
  const lines = useMemo(() => query.data?.lines ?? [], [query.data]);
  const matching = useMemo(() => {
    const text = find.toLowerCase();
    return lines.filter(
      (line) =>
        (level === 'all' || line.level === level || (level === 'warn' && line.level === 'error')) &&
        (text === '' || line.text.toLowerCase().includes(text)),
    );
  }, [lines, find, level]);
  const rows = useVirtualizer({
    count: matching.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => 18,
    overscan: 20,
  });
  useEffect(() => {
    if (follow.current && matching.length > 0) rows.scrollToIndex(matching.length - 1, { align: 'end' });
  }, [matching.length, rows]);

  if (query.isError && lines.length === 0)
    return <ErrorPanel error={query.error} onRetry={() => void query.refetch()} />;
  if (query.isPending) return <Skeleton rows={16} height={18} what="the log" />;
  if (lines.length === 0)
    return <EmptyState text={isLive(run) ? 'Nothing has been printed yet.' : 'This run printed nothing.'} />;
  return (
    <div className={styles.logs}>
      <div className={styles.bar}>
        <input
          data-filter
          type="search"
          aria-label="Find in the log"
          placeholder="find"
          value={find}
          onChange={(event) => setFind(event.target.value)}
        />
        <select aria-label="Level" value={level} onChange={(event) => setLevel(event.target.value)}>
          <option value="all">all levels</option>
          <option value="info">info</option>
          <option value="warn">warnings and errors</option>
          <option value="error">errors</option>
          <option value="debug">debug</option>
        </select>
        <span>
          {matching.length === lines.length ? `${lines.length} lines` : `${matching.length} of ${lines.length} lines`}
        </span>
      </div>
      <div
        ref={scroller}
        className={styles.scroller}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls.
        tabIndex={0}
        role="log"
        aria-label="Console"
        onScroll={(event) => {
          const element = event.currentTarget;
          follow.current = element.scrollHeight - element.scrollTop - element.clientHeight < 24;
        }}
      >
        <div style={{ position: 'relative', height: rows.getTotalSize() }}>
          {rows.getVirtualItems().map((item) => {
            const line = matching[item.index];
            if (!line) return null;
            const before = matching[item.index - 1];
            return (
              <div
                key={line.id}
                ref={rows.measureElement}
                data-index={item.index}
                data-level={line.level}
                className={styles.line}
                style={{ transform: `translateY(${item.start}px)` }}
              >
                {before && before.attempt !== line.attempt && <p className={styles.attempt}>attempt {line.attempt}</p>}
                <time title={formatMoment(line.at)}>{formatClock(line.at)}</time> {line.text}
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}
