import type { RunDetail } from '@tidemark/api/contract/runs';
import type { Mark } from '../../charts/scene.ts';
import type { XAxis } from '../../state/view.ts';

/** A run's checkpoints, and where its later attempts went on, as places on an axis; none where the axis is time. */
export function marksOf(run: RunDetail, axis: XAxis): { checkpoints: readonly Mark[]; resumes: readonly Mark[] } {
  if (axis !== 'step' && axis !== 'epoch') return { checkpoints: [], resumes: [] };
  const perEpoch = run.progress && run.progress.steps > 0 ? run.progress.epochs / run.progress.steps : 0;
  return {
    checkpoints: run.checkpoints.map((checkpoint) => ({
      x: axis === 'step' ? checkpoint.step : checkpoint.epoch,
      label: `checkpoint at epoch ${checkpoint.epoch}`,
    })),
    resumes: run.attempts
      .filter((attempt) => attempt.attempt > 1 && (axis === 'step' || perEpoch > 0))
      .map((attempt) => ({
        x: axis === 'step' ? attempt.resumeStep : attempt.resumeStep * perEpoch,
        label: `resumed, attempt ${attempt.attempt}`,
      })),
  };
}
