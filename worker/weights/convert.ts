import type { Layout } from '@tidemark/training/init/layout';
import type { Match } from '@tidemark/training/init/match';
import type { WeightFile } from './tensors.ts';

/** A tensor seen with other dimensions, its axes in another order. */
export function rearranged(data: Float32Array, { reshape, axes }: Layout): Float32Array {
  const strides = new Array<number>(reshape.length).fill(1);
  for (let axis = reshape.length - 2; axis >= 0; axis--) strides[axis] = strides[axis + 1]! * reshape[axis + 1]!;
  const dims = axes.map((axis) => reshape[axis]!);
  const steps = axes.map((axis) => strides[axis]!);
  const out = new Float32Array(data.length);
  const place = new Array<number>(dims.length).fill(0);
  for (let i = 0, from = 0; i < out.length; i++) {
    out[i] = data[from]!;
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      from += steps[axis]!;
      if (++place[axis]! < dims[axis]!) break;
      from -= steps[axis]! * dims[axis]!;
      place[axis] = 0;
    }
  }
  return out;
}

/** The matched weights by parameter name, in Keras's order of axes. */
export function convertWeights(
  { tensors }: Pick<WeightFile, 'tensors'>,
  matches: readonly Match[],
): Record<string, Float32Array> {
  return Object.fromEntries(
    matches.map(({ parameter, source, layout }) => [parameter, rearranged(tensors.get(source)!.data, layout)]),
  );
}
