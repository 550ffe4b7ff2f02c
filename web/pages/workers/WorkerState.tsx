import type { Worker } from '@tidemark/api/contract/workers';
import { CircleCheck, Hourglass, LogOut, type LucideIcon, Play, TriangleAlert } from 'lucide-react';
import styles from './WorkersPage.module.css';

const LOOKS: Record<Worker['state'], { icon: LucideIcon; tone: string }> = {
  idle: { icon: CircleCheck, tone: 'finished' },
  busy: { icon: Play, tone: 'running' },
  draining: { icon: Hourglass, tone: 'warn' },
  lost: { icon: TriangleAlert, tone: 'warn' },
  gone: { icon: LogOut, tone: 'muted' },
};

export function WorkerState({ state }: { state: Worker['state'] }) {
  const { icon: Icon, tone } = LOOKS[state];
  return (
    <span className={styles.state} style={{ color: `var(--${tone})` }}>
      <Icon size={12} strokeWidth={2.25} aria-hidden="true" /> {state}
    </span>
  );
}
