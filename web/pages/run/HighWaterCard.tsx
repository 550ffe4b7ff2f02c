import type { RunDetail } from '@tidemark/api/contract/runs';
import { Download } from 'lucide-react';
import { blobUrl } from '../../api.ts';
import { buttonClass } from '../../components/Button.tsx';
import { Card } from '../../components/Card.tsx';
import { Num } from '../../components/Num.tsx';
import { formatBytes } from '../../format/bytes.ts';
import { metricMode } from '../../state/metric-mode.ts';
import { bestOf, longPlace, type Metric, noCheckpoint, shortPlace } from '../../state/primary.ts';
import styles from './HighWaterCard.module.css';

/** The best value so far, where, and the checkpoint that holds it. */
export function HighWaterCard({ run, primary }: { run: RunDetail; primary: Metric | null }) {
  const best = run.best ?? (primary ? { ...primary, ...bestOf(run, primary) } : null);
  const value = best && 'value' in best ? best.value : undefined;
  const step = best && 'step' in best ? best.step : undefined;
  const checkpoint = run.checkpoints.find((one) => one.kept.includes('best')) ?? run.checkpoints.at(-1);
  const others = ['val_', '', 'test/']
    .flatMap((set) => ['loss', 'accuracy', 'mae', 'auc'].map((key) => set + key))
    .filter((key) => key !== best?.key && run.metrics[key]);
  const gap = gapOf(run);
  return (
    <Card title="High-water mark">
      {best && value !== undefined && step !== undefined ? (
        <p className={styles.mark}>
          <span className={styles.key}>{best.key}</span>
          <span className={styles.value}>
            <Num value={value} />
          </span>
          <span className={styles.flag} aria-hidden="true" />
          <span>{longPlace(run, step)}</span>
        </p>
      ) : (
        <p className={styles.quiet}>No value yet.</p>
      )}
      {checkpoint ? (
        <>
          <p className={styles.quiet}>
            checkpoint at epoch {checkpoint.epoch} · {formatBytes(checkpoint.size)} · {checkpoint.kept.join(', ')}
          </p>
          <a
            className={buttonClass}
            data-look="primary"
            href={blobUrl(checkpoint.digest)}
            download={checkpointName(run, checkpoint.epoch)}
          >
            <Download size={13} aria-hidden="true" /> Download
          </a>
        </>
      ) : (
        <p className={styles.quiet}>{noCheckpoint(run)}</p>
      )}
      {others.length > 0 && (
        <table className={styles.table}>
          <thead>
            <tr>
              <th scope="col">
                <span className="sr">Metric</span>
              </th>
              <th scope="col">best</th>
              <th scope="col">last</th>
            </tr>
          </thead>
          <tbody>
            {others.map((key) => {
              const own = bestOf(run, { key, mode: metricMode(key) });
              return (
                <tr key={key}>
                  <th scope="row">{key}</th>
                  <td>
                    <Num value={own?.value} /> {own && <span className={styles.at}>{shortPlace(run, own.step)}</span>}
                  </td>
                  <td>
                    <Num value={Number(run.metrics[key]?.last)} />
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      )}
      {gap !== null && (
        <p className={styles.quiet} title="Last training accuracy less last validation accuracy">
          gap between training and validation <Num value={gap} />
        </p>
      )}
    </Card>
  );
}

function gapOf(run: RunDetail): number | null {
  const training = Number(run.metrics.accuracy?.last);
  const validation = Number(run.metrics.val_accuracy?.last);
  return Number.isFinite(training - validation) ? training - validation : null;
}

export const checkpointName = (run: Pick<RunDetail, 'experiment' | 'ordinal'>, epoch: number): string =>
  `${run.experiment.replace(/[^\w.-]+/g, '-')}-${run.ordinal}-epoch-${epoch}.ckpt`;
