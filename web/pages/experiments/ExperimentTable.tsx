import { Link } from '@tanstack/react-router';
import type { Experiment } from '@tidemark/api/contract/experiments';
import { Num } from '../../components/Num.tsx';
import { StatusBadge } from '../../components/StatusBadge.tsx';
import table from '../../components/Table.module.css';
import { TimeText } from '../../components/TimeText.tsx';
import { experimentKey } from '../../state/links.ts';

export function ExperimentTable({ experiments }: { experiments: readonly Experiment[] }) {
  return (
    <div className={table.wrap}>
      <table className={table.table}>
        <thead>
          <tr>
            <th>Experiment</th>
            <th className={table.num}>Runs</th>
            <th>Now</th>
            <th>Best</th>
            <th>Last activity</th>
          </tr>
        </thead>
        <tbody>
          {experiments.map((experiment) => {
            const running = (experiment.byStatus.running ?? 0) + (experiment.byStatus.cancelling ?? 0);
            const queued = experiment.byStatus.queued ?? 0;
            return (
              <tr key={experiment.id}>
                <td>
                  <Link to="/e/$key" params={{ key: experimentKey(experiment.id, experiment.slug) }}>
                    <b>{experiment.name}</b>
                  </Link>
                </td>
                <td className={table.num}>{experiment.runs}</td>
                <td>
                  {running > 0 && (
                    <>
                      <StatusBadge status="running" /> {running}{' '}
                    </>
                  )}
                  {queued > 0 && (
                    <>
                      <StatusBadge status="queued" /> {queued}
                    </>
                  )}
                </td>
                <td>
                  {experiment.best ? (
                    <Link to="/r/$run" params={{ run: experiment.best.run }}>
                      {experiment.best.key} <Num value={experiment.best.value} /> #{experiment.best.ordinal}
                    </Link>
                  ) : (
                    '–'
                  )}
                </td>
                <td>
                  <TimeText at={experiment.lastActivityAt} />
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
