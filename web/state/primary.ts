import type { Experiment } from '@tidemark/api/contract/experiments';
import type { Run } from '@tidemark/api/contract/runs';
import { metricMode } from './metric-mode.ts';

export interface Metric {
  readonly key: string;
  readonly mode: 'min' | 'max';
}

/** An experiment's first metric: its setting, else its checkpoints' monitor, else a usual name that its runs logged. */
export function primaryMetric(experiment: Experiment | undefined, runs: readonly Run[]): Metric | null {
  if (experiment?.primaryMetric) return experiment.primaryMetric;
  const marked = runs.find((run) => run.best)?.best;
  if (marked) return { key: marked.key, mode: marked.mode };
  if (experiment?.best) return { key: experiment.best.key, mode: metricMode(experiment.best.key) };
  const logged = new Set(runs.flatMap((run) => Object.keys(run.metrics)));
  const usual =
    ['val_loss', 'val_accuracy', 'loss', 'accuracy', 'batch/loss'].find((key) => logged.has(key)) ??
    [...logged].sort()[0];
  return usual ? { key: usual, mode: metricMode(usual) } : null;
}

/** The best value of a metric in one run, and its step. */
export function bestOf(run: Run, { key, mode }: Metric): { value: number; step: number } | null {
  const summary = run.metrics[key];
  const value = mode === 'min' ? summary?.min : summary?.max;
  const step = mode === 'min' ? summary?.minStep : summary?.maxStep;
  return value === null || value === undefined || step === null || step === undefined ? null : { value, step };
}

/** A step of a trained run as its epoch where it lies on one, else as the step: `epoch 63`, `step 1,234`. */
export function placeOf(run: Pick<Run, 'progress'>, step: number): { kind: 'epoch' | 'step'; value: number } {
  const { progress } = run;
  if (progress && progress.steps > 0 && progress.epochs > 0) {
    const epoch = (step * progress.epochs) / progress.steps;
    if (epoch >= 1 && Math.abs(epoch - Math.round(epoch)) < 0.01) return { kind: 'epoch', value: Math.round(epoch) };
  }
  return { kind: 'step', value: step };
}

/** `@e63` in tables, `epoch 63` in sentences. */
export const shortPlace = (run: Pick<Run, 'progress'>, step: number): string => {
  const { kind, value } = placeOf(run, step);
  return kind === 'epoch' ? `@e${value}` : `@${value}`;
};

export const longPlace = (run: Pick<Run, 'progress'>, step: number): string => {
  const { kind, value } = placeOf(run, step);
  return `${kind} ${value}`;
};

/** Milliseconds a run has run, until now while it does. */
export function runDuration(run: Pick<Run, 'startedAt' | 'endedAt'>, now: number): number | null {
  return run.startedAt === null ? null : Math.max(0, (run.endedAt ?? now) - run.startedAt);
}

/** What stands where checkpoints would. */
export const noCheckpoint = (run: Pick<Run, 'status'>): string =>
  isLive(run) ? 'No checkpoint yet. The first is due after epoch 1.' : 'It ended before its first checkpoint.';

export const isLive = (run: Pick<Run, 'status'>): boolean =>
  run.status === 'running' || run.status === 'cancelling' || run.status === 'queued';
