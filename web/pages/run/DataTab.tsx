import { useQuery } from '@tanstack/react-query';
import type { Artifact } from '@tidemark/api/contract/artifacts';
import type { RunDetail } from '@tidemark/api/contract/runs';
import { artifactUrl } from '../../api.ts';
import { artifactText } from '../../artifact-text.ts';
import { Card } from '../../components/Card.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { datasetQuery } from '../../queries.ts';
import { flatten } from '../../state/flatten.ts';
import { ClassCounts } from './ClassCounts.tsx';
import styles from './DataTab.module.css';
import { readReport } from './report.ts';
import { readSamples } from './samples.ts';

const SHEET = 'samples/augmented.png';
const FACTS = 'samples/augmented.json';
const REPORT = 'test/report.json';

/** What the model saw: the images as augmented, how many there are of each class, and the settings behind both. */
export function DataTab({ run, artifacts }: { run: RunDetail; artifacts: readonly Artifact[] }) {
  const sheet = artifacts.find((artifact) => artifact.path === SHEET);
  const facts = artifacts.find((artifact) => artifact.path === FACTS);
  const text = useQuery({ ...artifactText(run.id, FACTS, facts?.digest ?? ''), enabled: facts !== undefined });
  const data = run.config?.resolved.data as Record<string, unknown> | undefined;
  const ref = typeof data?.dataset === 'string' ? data.dataset : null;
  const dataset = useQuery({ ...datasetQuery(ref ?? ''), enabled: ref !== null });
  const samples = readSamples(text.data);
  const report = artifacts.find((artifact) => artifact.path === REPORT);
  const tested = useQuery({ ...artifactText(run.id, REPORT, report?.digest ?? ''), enabled: report !== undefined });
  const folders = countsOf(samples?.counts, tested.data, dataset.data?.folders);
  const settings = flatten({ data, augmentation: run.config?.resolved.augmentation });
  if (!run.config)
    return <EmptyState text="This run was started by a script of its own, which told nothing about its images." />;
  return (
    <div className={styles.grid}>
      <Card title="Augmented images">
        {sheet ? (
          <figure>
            <img
              className={styles.sheet}
              key={sheet.digest}
              src={artifactUrl(run.id, SHEET)}
              alt="Eight training images as the model saw them"
            />
            <figcaption>{samples?.caption ?? 'Eight training images, exactly as the model saw them.'}</figcaption>
          </figure>
        ) : (
          <EmptyState text="The gallery is stored when the run starts to train." />
        )}
      </Card>
      <div className={styles.column}>
        <Card title="Images by class">
          {folders ? (
            <ClassCounts folders={folders} />
          ) : (
            <EmptyState text="Known once a worker has looked at the folder." />
          )}
        </Card>
        <Card title="Settings">
          <dl className={styles.settings}>
            {[...settings].map(([key, value]) => (
              <div key={key}>
                <dt>{key}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
        </Card>
      </div>
    </div>
  );
}

/** As the worker split them; else as a registered dataset has its folders. */
function countsOf(
  split: Readonly<Record<string, number>> | undefined,
  report: string | undefined,
  folders: Readonly<Record<string, number>> | undefined,
): Readonly<Record<string, number>> | null {
  const counts: Record<string, number> = { ...split };
  for (const row of (report === undefined ? null : readReport(report))?.perClass ?? [])
    counts[`test/${row.class}`] = row.images;
  if (Object.keys(counts).length > 0) return counts;
  return folders ?? null;
}
