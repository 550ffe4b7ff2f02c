import type { Shape } from '@tidemark/training/layers/shape';
import { type FirstConvolution, patchOf } from './lowering/first-convolution.ts';
import { fitsWinograd, type Winograd } from './lowering/winograd.ts';
import type { Planned } from './plan.ts';

/** An operation with the lowering chosen for it; convolution, ReLU and 2×2 pool may have become one. */
export type Block = { input: Shape; output: Shape } & (
  | { lowering: 'first_convolution'; spec: FirstConvolution }
  | { lowering: 'winograd'; spec: Winograd }
  | { lowering: 'pointwise'; spec: Extract<Planned, { kind: 'convolution' }> }
  | { lowering: 'plain'; spec: Planned }
);

/** Patches of one batch beyond this would cost more memory than they save time. */
const MOST_PATCH_BYTES = 256 * 2 ** 20;
const MOST_PATCH_SIZE = 256;

const isPool22 = (o: Planned | undefined): boolean =>
  o?.kind === 'max_pool' &&
  [...o.geometry.kernel, ...o.geometry.strides].every((v) => v === 2) &&
  o.geometry.before.every((v) => v === 0) &&
  o.geometry.input.every((v, a) => Math.floor(v / 2) === o.geometry.output[a as 0 | 1]);

const isRelu = (o: Planned | undefined): boolean => o?.kind === 'activation' && o.activation === 'relu';

/**
 * Chooses lowerings from shapes alone, never from timings: the same net has the same graph, and so the same bytes, on
 * every machine. `fast: false` keeps to the plain lowerings.
 */
export function chooseBlocks(operations: readonly Planned[], batchSize: number, fast: boolean): Block[] {
  const blocks: Block[] = [];
  for (let i = 0; i < operations.length; i++) {
    const operation = operations[i]!;
    const plain: Block = { lowering: 'plain', spec: operation, input: operation.input, output: operation.output };
    if (!fast || operation.kind !== 'convolution') {
      blocks.push(plain);
      continue;
    }
    const relu = isRelu(operations[i + 1]);
    const pool = isPool22(operations[i + (relu ? 2 : 1)]);
    const taken = (relu ? 1 : 0) + (pool ? 1 : 0);
    const last = operations[i + taken]!;
    const fused = { input: operation.input, output: last.output };
    const spec = { ...operation, relu, pool };
    if (i === 0 && fitsPatches(spec, last.output, batchSize)) {
      blocks.push({ lowering: 'first_convolution', spec, ...fused });
      i += taken;
    } else if (fitsWinograd(operation)) {
      blocks.push({ lowering: 'winograd', spec, ...fused });
      i += taken;
    } else if ([...operation.geometry.kernel, ...operation.geometry.strides].every((v) => v === 1)) {
      blocks.push({ lowering: 'pointwise', spec: operation, input: operation.input, output: operation.output });
    } else {
      blocks.push(plain);
    }
  }
  return blocks;
}

function fitsPatches(spec: FirstConvolution, output: Shape, batchSize: number): boolean {
  const { height, width } = patchOf(spec);
  const size = height * width * spec.channels;
  return size <= MOST_PATCH_SIZE && output[0]! * output[1]! * batchSize * size * 4 <= MOST_PATCH_BYTES;
}
