import type { RunStatus } from '@tidemark/api/contract/runs';
import { Ban, Check, Clock3, type LucideIcon, Play, RotateCw, Scissors, TriangleAlert, X } from 'lucide-react';
import styles from './StatusBadge.module.css';

/** `lost` is a queued run whose worker went away. */
export type Status = RunStatus | 'lost';

const LOOKS: Record<Status, { icon: LucideIcon; word: string; tone: string }> = {
  queued: { icon: Clock3, word: 'queued', tone: 'muted' },
  running: { icon: Play, word: 'running', tone: 'running' },
  cancelling: { icon: RotateCw, word: 'cancelling', tone: 'warn' },
  finished: { icon: Check, word: 'finished', tone: 'finished' },
  pruned: { icon: Scissors, word: 'pruned', tone: 'pruned' },
  failed: { icon: X, word: 'failed', tone: 'failed' },
  cancelled: { icon: Ban, word: 'cancelled', tone: 'muted' },
  lost: { icon: TriangleAlert, word: 'worker lost', tone: 'warn' },
};

/** Always icon and word, so that colour is never the only sign. */
export function StatusBadge({ status, filled = false }: { status: Status; filled?: boolean }) {
  const { icon: Icon, word, tone } = LOOKS[status];
  return (
    <span className={styles.badge} data-tone={tone} data-filled={filled || undefined}>
      <Icon size={12} strokeWidth={2.25} aria-hidden="true" />
      {word}
    </span>
  );
}
