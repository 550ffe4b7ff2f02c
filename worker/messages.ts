import type { Lease } from '@tidemark/api/contract/leases';
import type { Progress } from '@tidemark/api/contract/runs';
import type { DeviceWish } from './devices/choose-device.ts';
import type { Findings } from './devices/device.ts';
import type { CheckpointUpload, MediaUpload } from './spool-record.ts';

// What supervisor and trainer say to each other. Messages keep their order, so whatever the trainer sends before a checkpoint
// belongs to it. Deadlines are in milliseconds of the machine's monotonic clock (process.hrtime), which both processes share.

/** Everything a trainer needs to know about its run. */
export interface Assignment {
  run: Pick<Lease, 'run' | 'attempt' | 'name' | 'ordinal' | 'experiment' | 'config' | 'resume'>;
  /** Last step of each metric that the run already shows: what it shows at the step it resumes from is not logged again. */
  shown: Record<string, number>;
  /** For what is fetched: datasets and checkpoints. All that is sent goes through the supervisor. */
  server: { url: string; token: string | undefined; project: string | undefined };
  folders: {
    /** Files that the supervisor sends from. */
    outbox: string;
    /** Checkpoints of this run that this machine has. */
    checkpoints: string;
    /** Decoded images and fetched blobs, shared by all runs. */
    cache: string;
  };
  options: TrainerOptions;
  deadline: number;
}

export interface TrainerOptions {
  /** Overrides the config's `device`. */
  device?: DeviceWish | undefined;
  /** The GPUs of this machine. */
  findings: Findings;
  /** Which of several this run's slot has. */
  deviceSlot: number;
  threads?: number | undefined;
  /** Folders that `data.path` may name; none: any. */
  dataRoots: readonly string[];
  /** A checkpoint at an epoch's end that is not the best is skipped when the last one is younger than this. */
  checkpointSeconds: number;
  /** Within an epoch, a checkpoint at least this often. */
  longCheckpointSeconds: number;
}

export type StopReason = 'drain' | 'cancel' | 'prune';

export type ToTrainer =
  | { type: 'start'; assignment: Assignment }
  /** Until when steps may start. */
  | { type: 'lease'; deadline: number }
  /** Stop after the current step; on a drain write a checkpoint first. */
  | { type: 'stop'; reason: StopReason };

export type LineLevel = 'debug' | 'info' | 'warn' | 'error';

export type FromTrainer =
  /** Modules are loaded: a run can start at once. */
  | { type: 'ready' }
  /** Something was done; a trainer that is silent for too long hangs. */
  | { type: 'alive' }
  | { type: 'device'; description: string }
  | { type: 'points'; step: number; at: number; values: Record<string, number> }
  | { type: 'progress'; progress: Progress }
  | { type: 'line'; level: LineLevel; at: number; text: string }
  | { type: 'epoch'; epoch: number; epochs: number; values: Record<string, number>; best: boolean; seconds: number }
  | ({ type: 'checkpoint' } & Pick<
      CheckpointUpload,
      'file' | 'digest' | 'size' | 'step' | 'epoch' | 'kept' | 'metrics'
    >)
  | { type: 'media'; items: MediaUpload['items'] }
  | { type: 'artifact'; file: string; path: string; contentType: string; digest: string }
  | { type: 'end'; outcome: 'finished' | 'stopped' }
  | { type: 'end'; outcome: 'failed'; error: { code: string; message: string } };

/** The machine's monotonic clock in milliseconds. */
export const monotonicMs = (): number => Number(process.hrtime.bigint() / 1000n) / 1000;
