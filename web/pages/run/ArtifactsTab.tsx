import type { UseQueryResult } from '@tanstack/react-query';
import type { Artifact } from '@tidemark/api/contract/artifacts';
import type { RunDetail } from '@tidemark/api/contract/runs';
import { useState } from 'react';
import { Card } from '../../components/Card.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { ErrorPanel } from '../../components/ErrorPanel.tsx';
import { Skeleton } from '../../components/Skeleton.tsx';
import table from '../../components/Table.module.css';
import { TimeText } from '../../components/TimeText.tsx';
import { formatBytes } from '../../format/bytes.ts';
import { ArtifactPreview } from './ArtifactPreview.tsx';
import styles from './ArtifactsTab.module.css';

interface Props {
  run: RunDetail;
  artifacts: UseQueryResult<Artifact[], Error>;
}

export function ArtifactsTab({ run, artifacts }: Props) {
  const [path, setPath] = useState<string | null>(null);
  if (artifacts.isError) return <ErrorPanel error={artifacts.error} onRetry={() => void artifacts.refetch()} />;
  if (artifacts.isPending) return <Skeleton what="the artifacts" />;
  if (artifacts.data.length === 0) return <EmptyState text="No artifact yet." />;
  const chosen = artifacts.data.find((artifact) => artifact.path === path) ?? artifacts.data[0];
  return (
    <div className={styles.grid}>
      <Card title={`${artifacts.data.length} artifacts`} flush>
        <div className={table.wrap}>
          <table className={table.table}>
            <thead>
              <tr>
                <th>Path</th>
                <th className={table.num}>Size</th>
                <th>When</th>
              </tr>
            </thead>
            <tbody>
              {artifacts.data.map((artifact) => (
                <tr key={artifact.path} data-chosen={artifact === chosen || undefined}>
                  <td>
                    <button
                      type="button"
                      className={styles.path}
                      aria-pressed={artifact === chosen}
                      onClick={() => setPath(artifact.path)}
                    >
                      {artifact.path}
                    </button>
                  </td>
                  <td className={table.num}>{formatBytes(artifact.size)}</td>
                  <td>
                    <TimeText at={artifact.createdAt} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </Card>
      {chosen && <ArtifactPreview run={run.id} artifact={chosen} />}
    </div>
  );
}
