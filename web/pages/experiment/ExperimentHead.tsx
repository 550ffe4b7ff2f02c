import { useQueryClient } from '@tanstack/react-query';
import { type Experiment, updateExperiment } from '@tidemark/api/contract/experiments';
import { failed } from '../../actions/failed.ts';
import { api } from '../../api.ts';
import { EditableText } from '../../components/EditableText.tsx';
import { Menu } from '../../components/Menu.tsx';
import { type Status, StatusBadge } from '../../components/StatusBadge.tsx';
import { metricMode } from '../../state/metric-mode.ts';
import type { Metric } from '../../state/primary.ts';
import { toast } from '../../state/toasts.ts';
import styles from './ExperimentPage.module.css';

interface Props {
  experiment: Experiment;
  primary: Metric | null;
  keys: readonly string[];
}

export function ExperimentHead({ experiment, primary, keys }: Props) {
  const client = useQueryClient();
  type Change = Partial<{ name: string; archived: boolean; primaryMetric: Metric | null }>;

  async function update(change: Change): Promise<void> {
    try {
      const updated = await api.call(updateExperiment, { params: { id: experiment.id }, body: change });
      client.setQueryData(['experiment', experiment.id], updated);
      void client.invalidateQueries({ queryKey: ['experiments'] });
    } catch (error) {
      failed('The experiment was not changed', error);
    }
  }

  async function archive(archived: boolean): Promise<void> {
    await update({ archived });
    toast(archived ? `Archived ${experiment.name}` : `Restored ${experiment.name}`, {
      undo: () => update({ archived: !archived }),
    });
  }

  const flip = primary ? (primary.mode === 'max' ? 'min' : 'max') : 'min';
  return (
    <div className={styles.head}>
      <h1>
        <EditableText value={experiment.name} label="Name of the experiment" onSave={(name) => update({ name })} />
      </h1>
      <div className={styles.counts}>
        {Object.entries(experiment.byStatus).map(([status, count]) => (
          <span key={status}>
            <StatusBadge status={status as Status} /> {count}
          </span>
        ))}
      </div>
      {primary && (
        <Menu
          label={`First metric: ${primary.key} ${primary.mode === 'max' ? '↑' : '↓'}`}
          look="quiet"
          trigger={
            <>
              {primary.key} {primary.mode === 'max' ? '↑' : '↓'}
            </>
          }
          items={[
            ...keys
              .filter((key) => key !== 'epoch')
              .slice(0, 30)
              .map((key) => ({
                label: key,
                checked: key === primary.key,
                onSelect: () => void update({ primaryMetric: { key, mode: metricMode(key) } }),
              })),
            {
              label: `Better is ${flip === 'max' ? 'higher' : 'lower'}`,
              onSelect: () => void update({ primaryMetric: { key: primary.key, mode: flip } }),
            },
          ]}
        />
      )}
      <Menu
        label="Experiment menu"
        look="quiet"
        trigger="⋯"
        items={[
          experiment.archivedAt === null
            ? { label: 'Archive experiment', onSelect: () => void archive(true) }
            : { label: 'Restore experiment', onSelect: () => void archive(false) },
        ]}
      />
    </div>
  );
}
