import type { Schedule } from '../config/schedule.ts';
import type { Span } from './span.ts';

/**
 * PyTorch's OneCycleLR (Smith and Topin, arXiv:1708.07120) without its cycle of momentum: from max_lr / div_factor up to
 * max_lr in the first `pct_start` of the cycle, then down to the first rate / final_div_factor, where it stays.
 */
export function oneCycleRate(schedule: Schedule<'one_cycle'>, step: number, span: Span): number {
  const { max_lr: top, pct_start: share, div_factor, final_div_factor } = schedule;
  const total = schedule.total_steps ?? Math.max(2, span.totalSteps);
  const low = top / div_factor;
  const end = low / final_div_factor;
  const rise = share * total - 1;
  // [last step, rate there]
  const phases: [number, number][] = schedule.three_phase
    ? [
        [rise, top],
        [2 * share * total - 2, low],
        [total - 1, end],
      ]
    : [
        [rise, top],
        [total - 1, end],
      ];
  let [from, rate] = [0, low];
  for (const [to, next] of phases) {
    if (step <= to) {
      const part = to > from ? (step - from) / (to - from) : 1;
      if (schedule.anneal_strategy === 'linear') return (next - rate) * part + rate;
      return next + ((rate - next) / 2) * (1 + Math.cos(Math.PI * part));
    }
    [from, rate] = [Math.max(from, to), next];
  }
  return end;
}
