import type { Progress } from '@tidemark/api/contract/runs';
import type { LineLevel } from './messages.ts';

/** The run that something happened to, as people name it. */
export interface RunName {
  run: string;
  experiment: string;
  ordinal: number;
  name: string;
  attempt: number;
}

/** What a worker tells whoever watches it. */
export type WorkerEvent =
  | { type: 'started'; id: string; name: string; url: string; labels: readonly string[]; slots: number; device: string }
  | { type: 'idle' }
  /** A trainer has its modules loaded: the next run starts at once. */
  | { type: 'ready' }
  | { type: 'away'; away: boolean; reason: string }
  | { type: 'claimed'; run: RunName; resumeStep: number | null; trainer: number | null }
  | { type: 'recovering'; run: RunName }
  | { type: 'device'; run: RunName; description: string }
  | { type: 'line'; run: RunName; level: LineLevel; text: string }
  | { type: 'progress'; run: RunName; progress: Progress }
  | {
      type: 'epoch';
      run: RunName;
      epoch: number;
      epochs: number;
      values: Record<string, number>;
      best: boolean;
      seconds: number;
    }
  | { type: 'checkpoint'; run: RunName; step: number; kept: readonly string[] }
  | { type: 'ended'; run: RunName; outcome: AttemptOutcome; message: string | null }
  | { type: 'draining'; reason: string }
  | { type: 'gone' };

/** How an attempt ended here. `released`: the run is queued again. `stale`: it was somebody else's by then. */
export type AttemptOutcome = 'finished' | 'failed' | 'cancelled' | 'pruned' | 'released' | 'stale' | 'refused';

export type Report = (event: WorkerEvent) => void;
