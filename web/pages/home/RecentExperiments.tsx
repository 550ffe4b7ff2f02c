import { Link } from '@tanstack/react-router';
import type { Experiment } from '@tidemark/api/contract/experiments';
import { Card } from '../../components/Card.tsx';
import { ExperimentTable } from '../experiments/ExperimentTable.tsx';

export function RecentExperiments({ experiments }: { experiments: readonly Experiment[] }) {
  return (
    <Card title="Recent experiments" aside={<Link to="/e">All experiments</Link>} flush>
      <ExperimentTable experiments={experiments} />
    </Card>
  );
}
