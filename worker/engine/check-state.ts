import { sizeOf } from '@tidemark/training/layers/shape';
import type { ModelState } from './engine.ts';

/** Throws when a state is another model's: a tensor is missing, unknown, or has other dimensions. `own`: by name. */
export function checkState(state: ModelState, own: Readonly<Record<string, readonly number[]>>): void {
  const names = Object.keys(own);
  const missing = names.filter((name) => !state.tensors[name]);
  const unknown = Object.keys(state.tensors).filter((name) => !own[name]);
  if (missing.length || unknown.length) {
    const list = (what: string, some: string[]) => (some.length ? ` ${what}: ${some.slice(0, 5).join(', ')}.` : '');
    throw new Error(`The state belongs to another model.${list('Missing', missing)}${list('Unknown', unknown)}`);
  }
  for (const name of names) {
    const { dims, data } = state.tensors[name]!;
    if (dims.join() !== own[name]!.join() || data.length !== sizeOf(dims)) {
      throw new Error(`The state belongs to another model: ${name} is [${dims}], not [${own[name]}]`);
    }
  }
}
