import type { Shape } from '@tidemark/training/layers/shape';
import { type FirstConvolution, patchOf } from './lowering/first-convolution.ts';
import { isTiled } from './lowering/tiled-max-pool.ts';
import { fitsWinograd, type Winograd } from './lowering/winograd.ts';
import type { Planned } from './operation.ts';
import type { Provider } from './provider.ts';

/**
 * An operation with the lowering chosen for it. Convolution, ReLU and 2×2 pool may have become one; `rescaling` is of the
 * pixels, before they become patches.
 */
export type Block = {
  /** The blocks that it reads, by index, each earlier than itself; −1 for the image. */
  from: readonly number[];
  input: Shape;
  output: Shape;
} & (
  | { lowering: 'first_convolution'; spec: FirstConvolution; rescaling: Rescaling | null }
  | { lowering: 'winograd'; spec: Winograd }
  | { lowering: 'strided_point'; spec: Extract<Planned, { kind: 'convolution' }> }
  | { lowering: 'pointwise'; spec: Extract<Planned, { kind: 'convolution' }> }
  | { lowering: 'direct'; spec: Extract<Planned, { kind: 'convolution' }> }
  | { lowering: 'tiled_max_pool'; spec: Extract<Planned, { kind: 'max_pool' }> }
  | { lowering: 'plain'; spec: Planned }
);

export interface ChoiceOptions {
  batchSize: number;
  /** False keeps to the plain lowerings. */
  fast: boolean;
  provider?: Provider;
  deviceConvolution?: DeviceConvolution;
}

/** On a GPU: `direct`, ONNX's Conv, or `winograd`, the CPU's products, where they fit. */
export type DeviceConvolution = 'direct' | 'winograd';

/**
 * What a GPU does with convolutions, unless the engine is told otherwise. Winograd's transforms are many small products: made for a
 * CPU's caches, not for a GPU's dispatches. Neither was timed on a GPU; `npm run bench -- train --device webgpu` does both.
 */
const DEVICE_CONVOLUTION: DeviceConvolution = 'direct';

type Rescaling = Extract<Planned, { kind: 'rescaling' }>;

/** Patches of one batch beyond this would cost more memory than they save time. */
const MOST_PATCH_BYTES = 384 * 2 ** 20;
const MOST_PATCH_SIZE = 256;

const isPool22 = (o: Planned | undefined): boolean =>
  o?.kind === 'max_pool' &&
  [...o.geometry.kernel, ...o.geometry.strides].every((v) => v === 2) &&
  o.geometry.before.every((v) => v === 0) &&
  o.geometry.input.every((v, a) => Math.floor(v / 2) === o.geometry.output[a as 0 | 1]);

type Convolution = Extract<Planned, { kind: 'convolution' }>;

/** A convolution without groups and gaps. */
const isSimple = (o: Planned): o is Convolution =>
  o.kind === 'convolution' && o.groups === 1 && o.geometry.dilation.every((v) => v === 1);

/** One product over channels. */
const isPoint = ({ geometry, groups }: Convolution): boolean =>
  [...geometry.kernel, ...geometry.strides].every((v) => v === 1) && groups === 1;

const isRelu = (o: Planned | undefined): boolean => o?.kind === 'activation' && o.activation === 'relu';

/** For each operation, who reads it; the image's readers are at −1. */
function readersOf(operations: readonly Planned[]): Map<number, number[]> {
  const readers = new Map<number, number[]>();
  operations.forEach(({ from }, i) => {
    for (const source of from) readers.set(source, [...(readers.get(source) ?? []), i]);
  });
  return readers;
}

/**
 * Chooses lowerings from shapes alone, never from timings: the same net has the same graph, and so the same bytes, on
 * every machine with this provider.
 */
export function chooseBlocks(operations: readonly Planned[], options: ChoiceOptions): Block[] {
  const { batchSize, fast, provider = 'cpu', deviceConvolution = DEVICE_CONVOLUTION } = options;
  const onDevice = fast && provider !== 'cpu';
  const blocks: Block[] = [];
  const readers = readersOf(operations);
  const onlyReader = (i: number): number => {
    const all = readers.get(i) ?? [];
    return all.length === 1 ? all[0]! : -1;
  };
  /** A convolution with the ReLU and the pool that alone read it. */
  const fuse = (operation: Convolution, i: number) => {
    const next = onlyReader(i);
    const relu = isRelu(operations[next]);
    const after = relu ? onlyReader(next) : next;
    const pool = isPool22(operations[after]);
    const taken = [...(relu ? [next] : []), ...(pool ? [after] : [])];
    return { spec: { ...operation, relu, pool }, taken, output: operations[taken.at(-1) ?? i]!.output };
  };
  /** The convolution that reads the image, perhaps rescaled, and nothing else does, if it can have patches. */
  const firstOf = (source: number): number => {
    const i = onlyReader(source);
    const operation = operations[i];
    if (!fast || onDevice || !operation || !isSimple(operation)) return -1;
    const { spec, output } = fuse(operation, i);
    return fitsPatches(spec, output, batchSize) ? i : -1;
  };
  const image = operations[onlyReader(-1)];
  const behind = image?.kind === 'rescaling' ? firstOf(onlyReader(-1)) : -1;
  const rescaling = behind >= 0 && image?.kind === 'rescaling' ? image : null;
  const first = rescaling ? behind : firstOf(-1);
  /** The block that gives each operation's result. */
  const place = new Map<number, number>([[-1, -1]]);
  if (rescaling) place.set(onlyReader(-1), -1);
  operations.forEach((operation, i) => {
    if (place.has(i)) return;
    const from = operation.from.map((source) => place.get(source)!);
    const own = { from, input: operation.input, output: operation.output };
    const add = (block: Block, ...taken: readonly number[]) => {
      for (const k of [i, ...taken]) place.set(k, blocks.length);
      blocks.push(block);
    };
    if (onDevice && operation.kind === 'max_pool' && isTiled(operation.geometry)) {
      add({ lowering: 'tiled_max_pool', spec: operation, ...own });
      return;
    }
    if (onDevice && operation.kind === 'convolution' && deviceConvolution === 'direct' && !isPoint(operation)) {
      add({ lowering: 'direct', spec: operation, ...own });
      return;
    }
    if (!fast || !isSimple(operation)) {
      add({ lowering: 'plain', spec: operation, ...own });
      return;
    }
    const { spec, taken, output } = fuse(operation, i);
    const fused = { from, input: operation.input, output };
    if (i === first) {
      add({ lowering: 'first_convolution', spec, rescaling, ...fused }, ...taken);
    } else if (fitsWinograd(operation)) {
      add({ lowering: 'winograd', spec, ...fused }, ...taken);
    } else if (isPoint(operation)) {
      add({ lowering: 'pointwise', spec: operation, ...own });
    } else if (operation.geometry.kernel.every((v) => v === 1)) {
      add({ lowering: 'strided_point', spec: operation, ...own });
    } else {
      add({ lowering: 'plain', spec: operation, ...own });
    }
  });
  return blocks;
}

function fitsPatches(spec: FirstConvolution, output: Shape, batchSize: number): boolean {
  const { size } = patchOf(spec);
  return size <= MOST_PATCH_SIZE && output[0]! * output[1]! * batchSize * size * 4 <= MOST_PATCH_BYTES;
}
