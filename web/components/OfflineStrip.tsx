import { formatClock } from '../format/time.ts';
import { feed } from '../live/feed.ts';
import { useStore } from '../state/store.ts';
import styles from './OfflineStrip.module.css';

export function OfflineStrip() {
  const state = useStore(feed);
  if (state.kind !== 'offline') return null;
  return (
    <p className={styles.strip} role="status">
      Offline since {formatClock(state.since).slice(0, 5)}. Showing what was loaded.
    </p>
  );
}
