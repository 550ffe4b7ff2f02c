import { useQuery } from '@tanstack/react-query';
import type { Artifact } from '@tidemark/api/contract/artifacts';
import type { RunDetail } from '@tidemark/api/contract/runs';
import type { TestReport } from '@tidemark/training/test-report';
import { artifactUrl } from '../../api.ts';
import { artifactText } from '../../artifact-text.ts';
import { Card } from '../../components/Card.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { ErrorPanel } from '../../components/ErrorPanel.tsx';
import { Skeleton } from '../../components/Skeleton.tsx';
import table from '../../components/Table.module.css';
import { formatNumber, formatPercent } from '../../format/number.ts';
import { isLive } from '../../state/primary.ts';
import { ConfusionMatrix } from './ConfusionMatrix.tsx';
import styles from './PredictionsTab.module.css';
import { readReport } from './report.ts';
import { TestCurves } from './TestCurves.tsx';

const REPORT = 'test/report.json';

/** What the best checkpoint says of the test images: where it is right, and where it is most wrong. */
export function PredictionsTab({ run, artifacts }: { run: RunDetail; artifacts: readonly Artifact[] }) {
  const stored = artifacts.find((artifact) => artifact.path === REPORT);
  const text = useQuery({ ...artifactText(run.id, REPORT, stored?.digest ?? ''), enabled: stored !== undefined });
  if (!stored)
    return (
      <EmptyState
        text={
          isLive(run)
            ? 'The best checkpoint is tested after the last epoch.'
            : 'This run stored no test report: its config names no test folder, or it ended before its test.'
        }
      />
    );
  if (text.isError) return <ErrorPanel error={text.error} onRetry={() => void text.refetch()} />;
  if (text.isPending) return <Skeleton what="the test report" />;
  const report = readReport(text.data);
  if (!report) return <EmptyState text={`${REPORT} is not in the form that this page draws.`} />;
  return (
    <div className={styles.grid}>
      <Card title={`Test of the checkpoint of epoch ${report.epoch}`}>
        <dl className={styles.figures}>
          {report.accuracy !== undefined && (
            <div>
              <dt>accuracy</dt>
              <dd>{formatPercent(report.accuracy, 1)}</dd>
            </div>
          )}
          <div>
            <dt>loss</dt>
            <dd>{formatNumber(report.loss)}</dd>
          </div>
          {figuresOf(report).map(([key, value]) => (
            <div key={key}>
              <dt>{key}</dt>
              <dd>{formatNumber(value)}</dd>
            </div>
          ))}
          <div>
            <dt>images</dt>
            <dd>{formatNumber(report.images)}</dd>
          </div>
        </dl>
        {report.perClass.length > 0 && (
          // biome-ignore lint/a11y/noNoninteractiveTabindex: on a phone it scrolls sideways, and the keyboard must reach that.
          <div className={table.wrap} tabIndex={0} role="region" aria-label="Figures by class">
            <table className={table.table}>
              <thead>
                <tr>
                  <th>Class</th>
                  <th className={table.num}>Precision</th>
                  <th className={table.num}>Recall</th>
                  <th className={table.num}>F1</th>
                  <th className={table.num}>AUC</th>
                  <th className={table.num}>Images</th>
                </tr>
              </thead>
              <tbody>
                {report.perClass.map((row) => (
                  <tr key={row.class}>
                    <td>{row.class}</td>
                    <td className={table.num}>{shareOf(row.precision)}</td>
                    <td className={table.num}>{shareOf(row.recall)}</td>
                    <td className={table.num}>{shareOf(row.f1)}</td>
                    <td className={table.num}>{shareOf(row.auc)}</td>
                    <td className={table.num}>{formatNumber(row.images)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </Card>
      {report.confusion.length > 0 && (
        <Card title="Confusion matrix">
          <ConfusionMatrix classes={report.classes} confusion={report.confusion} />
        </Card>
      )}
      {(report.curves ?? []).some(({ roc }) => roc.x.length > 1) && (
        <div className={styles.wide}>
          <Card title="Curves">
            <TestCurves curves={report.curves} />
          </Card>
        </div>
      )}
      {report.wrong.length > 0 && (
        <div className={styles.wide}>
          <Card title="Most wrong">
            <ul className={styles.gallery}>
              {report.wrong.map((image) => (
                <li key={image.file}>
                  {image.image && (
                    <img
                      src={artifactUrl(run.id, image.image)}
                      alt={`${image.file}, a ${image.label}`}
                      loading="lazy"
                    />
                  )}
                  <p>
                    <b>{image.label}</b>, said {image.predicted}{' '}
                    {image.probability !== null &&
                      Number.isFinite(image.probability) &&
                      formatPercent(image.probability, 1)}
                  </p>
                  <p className={styles.file} title={image.file}>
                    {image.file}
                  </p>
                </li>
              ))}
            </ul>
          </Card>
        </div>
      )}
    </div>
  );
}

/** An older worker's report lacks some. */
const shareOf = (value: number | null | undefined): string =>
  typeof value === 'number' ? formatPercent(value, 1) : '–';

/** The run's metrics over all classes; those of one class stand in the table. */
const figuresOf = ({ metrics }: TestReport): [string, number][] =>
  Object.entries(metrics ?? {}).filter(
    ([key, value]) => key !== 'accuracy' && !key.includes('/') && Number.isFinite(value),
  );
