import { FROM_IMAGE } from '@tidemark/training/layers/inputs';
import type { Shape } from '@tidemark/training/layers/shape';
import { usedInput } from './geometry.ts';
import type { Operation, Planned } from './operation.ts';

/** An operation with the whole shapes of what it reads and gives. */
export interface Draft {
  operation: Operation;
  from: readonly number[];
  shapes: readonly Shape[];
  to: Shape;
}

/** Whether an operation can give the first rows and columns of its result alone. */
function trims({ kind }: Operation): boolean {
  switch (kind) {
    case 'convolution_transpose':
    case 'flatten':
    case 'global_average':
    case 'global_max':
    case 'group_normalization':
    case 'up_sampling':
    case 'zero_padding':
      return false;
    default:
      return true;
  }
}

/** The part of its n-th input that an operation needs for a part of its output. */
function needs({ operation, shapes }: Draft, n: number, output: Shape): Shape {
  const whole = shapes[n]!;
  if (!trims(operation) || whole.length !== 3) return whole;
  switch (operation.kind) {
    case 'convolution':
    case 'depthwise_convolution':
    case 'max_pool':
    case 'average_pool':
      return [...usedInput(operation.geometry, [output[0]!, output[1]!]), whole[2]!];
    // Statistics are over the whole map.
    case 'batch_normalization':
      return whole;
    default:
      // One pixel that is spread over the others' rows and columns stays one.
      return [Math.min(whole[0]!, output[0]!), Math.min(whole[1]!, output[1]!), whole[2]!];
  }
}

const larger = (a: Shape, b: Shape): Shape => a.map((v, i) => Math.max(v, b[i]!));
const same = (a: Shape, b: Shape): boolean => a.every((v, i) => v === b[i]);

/**
 * Leaves out rows and columns that nothing reads. What is read is always the first rows and columns, so of several
 * readers the one that needs most decides; the others get a crop.
 */
export function trim(drafts: readonly Draft[], image: Shape): { operations: Planned[]; image: Shape } {
  const read = new Map<number, Shape>();
  const given = (i: number): Shape => {
    if (i === FROM_IMAGE) return read.get(i) ?? image;
    const { operation, to } = drafts[i]!;
    return trims(operation) ? (read.get(i) ?? to) : to;
  };
  const last = drafts.length - 1;
  for (let i = last; i >= 0; i--) {
    const draft = drafts[i]!;
    draft.from.forEach((from, n) => {
      const need = needs(draft, n, given(i));
      const before = read.get(from);
      read.set(from, before ? larger(before, need) : need);
    });
  }
  const operations: Planned[] = [];
  /** Where each draft has come to stand among the crops. */
  const place: number[] = [];
  for (const [i, draft] of drafts.entries()) {
    const output = given(i);
    const shapes = draft.from.map((_, n) => needs(draft, n, output));
    const from = draft.from.map((at, n) => {
      const source = at === FROM_IMAGE ? FROM_IMAGE : place[at]!;
      const whole = given(at);
      const part = shapes[n]!;
      if (same(whole, part)) return source;
      operations.push({ kind: 'crop', from: [source], shapes: [whole], input: whole, output: part });
      return operations.length - 1;
    });
    place.push(operations.length);
    operations.push({ ...draft.operation, from, shapes, input: shapes[0]!, output });
  }
  return { operations, image: given(FROM_IMAGE) };
}
