import type { RunDetail } from '@tidemark/api/contract/runs';
import { Download } from 'lucide-react';
import { artifactUrl, blobUrl } from '../../api.ts';
import { buttonClass } from '../../components/Button.tsx';
import { Card } from '../../components/Card.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { Num } from '../../components/Num.tsx';
import table from '../../components/Table.module.css';
import { TimeText } from '../../components/TimeText.tsx';
import { formatBytes } from '../../format/bytes.ts';
import { noCheckpoint } from '../../state/primary.ts';
import { checkpointName } from './HighWaterCard.tsx';

export function CheckpointsTab({ run }: { run: RunDetail }) {
  if (run.checkpoints.length === 0) return <EmptyState text={noCheckpoint(run)} />;
  const keys = [...new Set(run.checkpoints.flatMap((checkpoint) => Object.keys(checkpoint.metrics)))].slice(0, 6);
  const rows = [...run.checkpoints].sort((a, b) => b.step - a.step);
  return (
    <Card
      title={`${rows.length} ${rows.length === 1 ? 'checkpoint' : 'checkpoints'}`}
      aside={
        run.status === 'finished' && (
          <a
            className={buttonClass}
            href={artifactUrl(run.id, 'model/best.onnx')}
            download={`${run.experiment}-${run.ordinal}.onnx`}
          >
            <Download size={13} aria-hidden="true" /> Best as ONNX
          </a>
        )
      }
      flush
    >
      <div className={table.wrap}>
        <table className={table.table}>
          <thead>
            <tr>
              <th className={table.num}>Epoch</th>
              <th className={table.num}>Step</th>
              {keys.map((key) => (
                <th key={key} className={table.num}>
                  {key}
                </th>
              ))}
              <th>Kept as</th>
              <th className={table.num}>Size</th>
              <th>Digest</th>
              <th>When</th>
              <th>
                <span className="sr">Download</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((checkpoint) => (
              <tr key={`${checkpoint.attempt} ${checkpoint.step}`}>
                <td className={table.num}>{checkpoint.epoch}</td>
                <td className={table.num}>
                  <Num value={checkpoint.step} />
                </td>
                {keys.map((key) => (
                  <td key={key} className={table.num}>
                    <Num value={checkpoint.metrics[key]} />
                  </td>
                ))}
                <td>{checkpoint.kept.join(', ')}</td>
                <td className={table.num}>{formatBytes(checkpoint.size)}</td>
                <td>
                  <code title={checkpoint.digest}>{checkpoint.digest.slice(0, 12)}</code>
                </td>
                <td>
                  <TimeText at={checkpoint.createdAt} />
                </td>
                <td>
                  <a
                    className={buttonClass}
                    href={blobUrl(checkpoint.digest)}
                    download={checkpointName(run, checkpoint.epoch)}
                    aria-label={`Download the checkpoint of epoch ${checkpoint.epoch}`}
                  >
                    <Download size={13} aria-hidden="true" /> Download
                  </a>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  );
}
