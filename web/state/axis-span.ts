import type { Run } from '@tidemark/api/contract/runs';
import type { XAxis } from './view.ts';

/** How long the x axis of these runs is, in its units: what the smoothing slider spans. */
export function axisSpan(runs: readonly Run[], axis: XAxis): number {
  let span = 0;
  for (const run of runs) {
    if (axis === 'step') for (const { lastStep } of Object.values(run.metrics)) span = Math.max(span, lastStep);
    else if (axis === 'epoch') span = Math.max(span, run.progress?.epochs ?? Number(run.metrics.epoch?.max ?? 0));
    else if (run.startedAt !== null) {
      const ran = (run.endedAt ?? run.startedAt + 3_600_000) - run.startedAt;
      span = Math.max(span, axis === 'rel' ? ran / 1000 : ran);
    }
  }
  return span || 100;
}
