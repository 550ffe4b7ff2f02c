// When a rule that is true fires. It fires on the edge, not as long as it is true: once it fired for a run it is not armed any more.
// Without a cooldown that is for good. With one it is armed again as soon as it is seen not to be true, and fires at the first
// point after the cooldown at which it is.

/** Null: it never fired for the run. */
export type State = { readonly armed: boolean; readonly firedAt: number } | null;

export interface Edge {
  /** Whether it fires now. */
  readonly fires: boolean;
  readonly state: State;
}

/** What follows from a rule being true or not at a time (ms). */
export function step(state: State, holds: boolean, at: number, cooldownMinutes: number | null): Edge {
  if (state === null) return holds ? { fires: true, state: { armed: false, firedAt: at } } : { fires: false, state };
  if (cooldownMinutes === null) return { fires: false, state };
  if (!holds) return { fires: false, state: state.armed ? state : { armed: true, firedAt: state.firedAt } };
  if (!state.armed || at - state.firedAt < cooldownMinutes * 60_000) return { fires: false, state };
  return { fires: true, state: { armed: false, firedAt: at } };
}
