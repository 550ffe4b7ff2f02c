import type { Schedule } from '../config/schedule.ts';
import { improves } from './improves.ts';

/** What Keras's ReduceLROnPlateau remembers from epoch to epoch. */
export interface PlateauState {
  rate: number;
  best: number | null;
  /** Epochs without improvement. */
  wait: number;
  /** Epochs of the cool-down that are left. */
  cooldown: number;
}

export const plateauStart = ({ initial_learning_rate }: Schedule<'reduce_on_plateau'>): PlateauState => ({
  rate: initial_learning_rate,
  best: null,
  wait: 0,
  cooldown: 0,
});

/** The state after an epoch (keras/src/callbacks/reduce_lr_on_plateau.py). @param value of the monitored metric */
export function reduceOnPlateau(
  schedule: Schedule<'reduce_on_plateau'>,
  before: PlateauState,
  value: number,
): PlateauState {
  const state = { ...before };
  if (state.cooldown > 0) {
    state.cooldown--;
    state.wait = 0;
  }
  if (improves(schedule, value, state.best)) return { ...state, best: value, wait: 0 };
  if (state.cooldown > 0) return state;
  state.wait++;
  if (state.wait < schedule.patience || state.rate <= schedule.min_lr) return state;
  return {
    ...state,
    rate: Math.max(state.rate * schedule.factor, schedule.min_lr),
    cooldown: schedule.cooldown,
    wait: 0,
  };
}
