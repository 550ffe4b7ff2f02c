import { useQueryClient } from '@tanstack/react-query';
import { drainWorker, type Worker } from '@tidemark/api/contract/workers';
import { failed } from '../../actions/failed.ts';
import { api } from '../../api.ts';
import { Button } from '../../components/Button.tsx';
import { Card } from '../../components/Card.tsx';
import { RunLink } from '../../components/RunLink.tsx';
import { TimeText } from '../../components/TimeText.tsx';
import { formatBytes } from '../../format/bytes.ts';
import { WorkerState } from './WorkerState.tsx';
import styles from './WorkersPage.module.css';

export function WorkerCard({ worker }: { worker: Worker }) {
  const client = useQueryClient();
  const ended = worker.finished + worker.failed;
  const draining = worker.state === 'draining';

  async function drain(): Promise<void> {
    try {
      await api.call(drainWorker, { params: { id: worker.id }, body: { drain: !draining } });
      void client.invalidateQueries({ queryKey: ['workers'] });
    } catch (error) {
      failed(`${worker.name} was not asked`, error);
    }
  }

  return (
    <Card title={worker.name} aside={<WorkerState state={worker.state} />}>
      <ul className={styles.slots} aria-label={`${worker.runs.length} of ${worker.slots} slots busy`}>
        {worker.runs.map((run) => (
          <li key={run.id}>
            <RunLink run={run} experiment={run.experiment} />
          </li>
        ))}
        {worker.state !== 'lost' && worker.state !== 'gone' && worker.runs.length < worker.slots && (
          <li className={styles.free}>
            {worker.slots - worker.runs.length} free {worker.slots - worker.runs.length === 1 ? 'slot' : 'slots'}
          </li>
        )}
      </ul>
      <dl className={styles.facts}>
        <div>
          <dt>Heartbeat</dt>
          <dd>
            <TimeText at={worker.lastSeenAt} />
          </dd>
        </div>
        <div>
          <dt>Device</dt>
          <dd>
            {worker.device} · {worker.engine}
          </dd>
        </div>
        <div>
          <dt>Machine</dt>
          <dd>
            {worker.host.hostname} · {worker.host.cores} cores · {formatBytes(worker.host.memory)}
          </dd>
        </div>
        {worker.host.gpus.length > 0 && (
          <div>
            <dt>GPU</dt>
            <dd>{worker.host.gpus.join(', ')}</dd>
          </div>
        )}
        <div>
          <dt>Labels</dt>
          <dd>{worker.labels.join(', ') || '–'}</dd>
        </div>
        <div>
          <dt>Runs</dt>
          <dd>
            {worker.finished} finished, {worker.failed} failed
            {ended > 0 && ` (${Math.round((worker.finished / ended) * 100)} % succeed)`}
          </dd>
        </div>
        <div>
          <dt>Version</dt>
          <dd>
            {worker.host.version} · Node {worker.host.node.replace(/^v/, '')} · {worker.host.os}
          </dd>
        </div>
      </dl>
      {worker.state !== 'gone' && worker.state !== 'lost' && (
        <Button
          title={draining ? 'Let it take runs again' : 'It finishes or gives back what it runs, and takes nothing new'}
          onClick={() => void drain()}
        >
          {draining ? 'Stop draining' : 'Drain'}
        </Button>
      )}
    </Card>
  );
}
