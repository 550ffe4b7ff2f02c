import { Link } from '@tanstack/react-router';
import type { Run } from '@tidemark/api/contract/runs';
import type { Worker } from '@tidemark/api/contract/workers';
import { Card } from '../../components/Card.tsx';
import { RunLink } from '../../components/RunLink.tsx';
import { StatusBadge } from '../../components/StatusBadge.tsx';
import { TimeText } from '../../components/TimeText.tsx';
import styles from './HomePage.module.css';

export function AttentionList({ failed, lost }: { failed: readonly Run[]; lost: readonly Worker[] }) {
  return (
    <Card title="Needs attention" flush>
      <ul className={styles.list}>
        {lost.map((worker) => (
          <li key={worker.id} className={styles.alert}>
            <StatusBadge status="lost" />
            <Link to="/workers">{worker.name}</Link>
            <p>
              no heartbeat since <TimeText at={worker.lastSeenAt} />
            </p>
          </li>
        ))}
        {failed.map((run) => (
          <li key={run.id} className={styles.alert}>
            <StatusBadge status="failed" />
            <RunLink run={run} experiment={run.experiment} />
            <p title={run.error?.message}>{run.error?.message ?? 'no reason was given'}</p>
            {run.endedAt !== null && <TimeText at={run.endedAt} />}
          </li>
        ))}
      </ul>
    </Card>
  );
}
