import type { RunDetail } from '@tidemark/api/contract/runs';
import { Card } from '../../components/Card.tsx';
import { formatClock, formatMoment } from '../../format/time.ts';
import { eventText } from './event-text.ts';
import styles from './TimelineCard.module.css';

/** Who did what to the run, and when; checkpoints are on their own tab. */
export function TimelineCard({ run }: { run: RunDetail }) {
  const events = run.events.filter((event) => event.type !== 'checkpoint').slice(-40);
  return (
    <Card title="Timeline">
      <ol className={styles.list}>
        {events.map((event) => (
          <li key={event.id}>
            <time dateTime={new Date(event.at).toISOString()} title={formatMoment(event.at)}>
              {formatClock(event.at)}
            </time>
            <span>{eventText(event)}</span>
          </li>
        ))}
      </ol>
      {events.length === 0 && <p className={styles.none}>Nothing yet.</p>}
    </Card>
  );
}
