import type { ParameterInfo } from '@tidemark/training/layers/shape';
import type { ModelState } from '../engine/engine.ts';

/**
 * A model's state for a session of the same model in which other layers learn. What both know is taken over, the optimizer's memory of
 * weights that go on learning too. A weight that begins to learn begins with what a fresh optimizer has, its moving average with
 * itself; what the optimizer knew of one that no longer learns is forgotten.
 * @param fresh the session's own state, as it was compiled
 * @throws when the state belongs to another model
 */
export function carryState(state: ModelState, fresh: ModelState, parameters: readonly ParameterInfo[]): ModelState {
  const tensors: ModelState['tensors'] = {};
  for (const { name, shape } of parameters) {
    const own = state.tensors[name];
    if (own?.dims.join() !== shape.join()) {
      throw new Error(
        `The state belongs to another model: ${name} is ${own ? `[${own.dims}]` : 'missing'}, not [${shape}]`,
      );
    }
  }
  const known = new Set(parameters.map(({ name }) => name));
  const unknown = Object.keys(state.tensors).find((name) => !known.has(name) && !known.has(weightOf(name)));
  if (unknown) throw new Error(`The state belongs to another model: it has ${unknown}`);
  for (const [name, initial] of Object.entries(fresh.tensors)) {
    const average = name.endsWith('/ema') ? state.tensors[weightOf(name)] : undefined;
    tensors[name] = state.tensors[name] ?? average ?? initial;
  }
  return { step: state.step, tensors };
}

/** The weight that an optimizer's slot belongs to. */
const weightOf = (slot: string): string => slot.slice(0, slot.lastIndexOf('/'));
