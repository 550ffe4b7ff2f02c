import { headline } from '@tidemark/training/headline';
import type { FromTrainer } from './messages.ts';

/** An epoch as the run's log has it. */
export function epochLine({
  epoch,
  epochs,
  values,
  best,
  seconds,
}: Omit<Extract<FromTrainer, { type: 'epoch' }>, 'type'>): string {
  const shown = headline(values).map((key) => `${key} ${values[key]!.toFixed(4)}`);
  return `Epoch ${epoch}/${epochs}  ${shown.join('  ')}  ${seconds.toFixed(1)} s${best ? '  best' : ''}`;
}
