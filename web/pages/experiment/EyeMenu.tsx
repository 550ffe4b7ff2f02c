import type { Run } from '@tidemark/api/contract/runs';
import { ChevronDown, Eye } from 'lucide-react';
import { Menu } from '../../components/Menu.tsx';
import type { ShownRuns } from './useShown.ts';

interface Props {
  runs: readonly Run[];
  shown: ShownRuns;
  onShowExactly(runs: readonly Run[]): void;
  onAuto(count: number): void;
}

/** The header's eye: which runs are drawn, by the handful. */
export function EyeMenu({ runs, shown, onShowExactly, onAuto }: Props) {
  return (
    <Menu
      label="Which runs are shown"
      look="icon"
      trigger={
        <>
          <Eye size={13} aria-hidden="true" />
          <ChevronDown size={10} aria-hidden="true" />
        </>
      }
      items={[
        { label: 'First 10', hint: 'auto', onSelect: () => onAuto(10) },
        { label: 'First 25', hint: 'auto', onSelect: () => onAuto(25) },
        { label: `All ${Math.min(runs.length, 200)} filtered`, onSelect: () => onShowExactly(runs.slice(0, 200)) },
        { label: 'None', onSelect: () => onShowExactly([]) },
        { label: 'Invert', onSelect: () => onShowExactly(runs.filter((run) => !shown.ids.has(run.id)).slice(0, 200)) },
        { label: 'Only running', onSelect: () => onShowExactly(runs.filter((run) => run.status === 'running')) },
        { label: 'Latest', onSelect: () => onAuto(1) },
      ]}
    />
  );
}
