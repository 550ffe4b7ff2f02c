import { useEffect, useState } from 'react';
import { formatDuration } from '../format/duration.ts';
import { feed } from '../live/feed.ts';
import { useStore } from '../state/store.ts';
import styles from './LiveBadge.module.css';

/** Whether what is on the screen is current. */
export function LiveBadge() {
  const state = useStore(feed);
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (state.kind !== 'offline') return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [state]);
  const text = state.kind === 'offline' ? `paused ${formatDuration(now - state.since)}` : state.kind;
  return (
    <span
      className={styles.badge}
      data-kind={state.kind}
      title="Polled every 2 s while a run on this page is running, else every 15 s"
    >
      <span className={styles.dot} aria-hidden="true" />
      {text}
    </span>
  );
}
