import type { Loss } from '@tidemark/training/config/loss';
import type { Shape } from '@tidemark/training/layers/shape';
import { add } from './align.ts';
import { type Block, chooseBlocks, type DeviceConvolution } from './blocks.ts';
import { Graph, type Ref } from './graph.ts';
import { type Head, matchingActivation } from './loss/loss.ts';
import { lower } from './lower.ts';
import { firstStrips, patchOf } from './lowering/first-convolution.ts';
import type { PatchLayout } from './patches.ts';
import type { Plan } from './plan.ts';
import type { Provider } from './provider.ts';
import { rawImages } from './raw-images.ts';
import { asFeatures, identityColumns } from './strips.ts';
import type { FeatureMap, Joined, Value } from './value.ts';

/** A dropout mask that must be fed: [images, size] or [rows, columns, images, channels], the part that is used. */
export interface MaskInput {
  name: string;
  index: number;
  rate: number;
  /** The layer's whole output, for which the mask is drawn, and the part of it in the graph. */
  full: Shape;
  used: Shape;
}

export interface NetOptions {
  plan: Plan;
  loss: Loss;
  images: number;
  /** Lowerings are chosen for whole batches, so that a short one runs the same arithmetic. */
  batchSize: number;
  fast: boolean;
  /** What will run the graph; the CPU unless given. */
  provider?: Provider;
  deviceConvolution?: DeviceConvolution;
  /** Channels in a block of ONNX Runtime's blocked convolutions; 1: without them. */
  block?: number;
}

/** A block in the graph, what it read, and whether any weight at or above it learns. */
interface Node extends Joined {
  /** Of the names of its nodes. */
  prefix: string;
  from: readonly number[];
  needsGradient: boolean;
  value: Value;
}

export interface Forward {
  g: Graph;
  images: PatchLayout;
  masks: MaskInput[];
  head: Head;
  nodes: readonly Node[];
  /** By parameter, once `backpropagate` has run. */
  gradients: Map<string, Ref>;
  /** Next moving statistics. */
  updates: Map<string, Ref>;
}

/** The graph's image inputs as their reader wants them: patches, or the pixels themselves in HWNC order. */
function imageInput(g: Graph, plan: Plan, reader: Block | undefined, images: number) {
  if (g.provider !== 'cpu') return rawImages(g, plan, images);
  const { image } = plan;
  const patches = reader?.lowering === 'first_convolution' ? reader.spec : null;
  const [rows = 1, width = 1] = patches ? reader!.output : image;
  const channels = image[2]!;
  const pixel = { height: 1, width: 1, strides: [1, 1] as const, before: [0, 0] as const, size: channels };
  const patch = patches ? patchOf(patches) : pixel;
  const { size } = patch;
  const heights = patches ? firstStrips(rows, width, images, patches.filters, patches.pool) : [rows];
  const strips = heights.map((high, i) => {
    const dims = patches ? [high, 1, width * images, size] : [high, width, images, size];
    return { rows: high, t: g.input(`image${i}`, dims), dims };
  });
  const inputs = strips.map(({ t, dims }) => ({ name: t, dims }));
  const value: FeatureMap = { kind: 'map', strips, rows, columns: identityColumns(width), channels: size };
  const rescaling = reader?.lowering === 'first_convolution' ? reader.rescaling : null;
  const layout: PatchLayout = { ...patch, channels, rows, columns: width, inputs, ...(rescaling ? { rescaling } : {}) };
  return { value, layout };
}

/** A mask's graph input, for a dropout in training. */
function maskInput(g: Graph, { lowering, spec }: Block, images: number): MaskInput | null {
  if (lowering !== 'plain') return null;
  if (spec.kind === 'dropout') {
    const { layer, index, rate, full, output } = spec;
    const dims = output.length === 3 ? [output[0]!, output[1]!, images, output[2]!] : [images, output[0]!];
    return { name: g.input(`mask/${layer}`, dims), index, rate, full, used: output };
  }
  if (spec.kind === 'spatial_dropout') {
    const { layer, index, rate, channels } = spec;
    const name = g.input(`mask/${layer}`, [images, channels]);
    return { name, index, rate, full: [channels], used: [channels] };
  }
  return null;
}

/** Everything up to the loss. */
export function forward(options: NetOptions, training: boolean): Forward {
  const { plan, images, loss } = options;
  const g = new Graph(options.provider, options.block);
  const operations = [...plan.operations];
  const last = operations.at(-1);
  const activation = last?.kind === 'activation' ? last.activation : null;
  if (activation !== null && activation === matchingActivation(loss)) operations.pop();
  const blocks = chooseBlocks(operations, options);
  for (const { name, shape } of plan.parameters) g.input(name, shape);

  const gradients = new Map<string, Ref>();
  const updates = new Map<string, Ref>();
  const masks: MaskInput[] = [];
  const imageReader = blocks.find(({ from }) => from.includes(-1));
  const input = imageInput(g, plan, imageReader, images);
  const learning = new Set(plan.parameters.filter((p) => p.trainable).map((p) => p.name.split('/')[0]));
  const nodes: Node[] = [];
  blocks.forEach((block, i) => {
    const { spec, from } = block;
    g.prefix = `${i}_${'layer' in spec ? spec.layer : spec.kind}_`;
    const mask = training ? maskInput(g, block, images) : null;
    if (mask) masks.push(mask);
    const needsInputGradient = from.some((source) => nodes[source]?.needsGradient);
    const joined = lower(
      {
        g,
        images,
        training,
        needsInputGradient,
        parameter: (name) => name,
        gradient: (name, t) => gradients.set(name, t),
        update: (name, t) => updates.set(name, t),
      },
      block,
    );
    const needsGradient = needsInputGradient || ('layer' in spec && learning.has(spec.layer));
    const value = joined.join(from.map((source) => nodes[source]?.value ?? input.value));
    nodes.push({ ...joined, prefix: g.prefix, from, needsGradient, value });
  });
  g.prefix = 'head_';
  const { t, size } = asFeatures(nodes.at(-1)?.value ?? input.value);
  const head: Head = { t, size, activation: operations.length < plan.operations.length ? activation : null };
  return { g, images: input.layout, masks, head, nodes, gradients, updates };
}

/** Lowers all that learns backwards. Gradients of a value with several readers add up. `d`: of the loss, at the head. */
export function backpropagate({ g, nodes }: Pick<Forward, 'g' | 'nodes'>, d: Value): void {
  const waiting = new Map<number, Value>([[nodes.length - 1, d]]);
  for (let i = nodes.length - 1; i >= 0; i--) {
    const node = nodes[i]!;
    const own = waiting.get(i);
    waiting.delete(i);
    if (!own || !node.needsGradient) continue;
    g.prefix = `${node.prefix}b_`;
    node.separate(own).forEach((part, n) => {
      const source = node.from[n]!;
      if (!part || !nodes[source]?.needsGradient) return;
      const before = waiting.get(source);
      waiting.set(source, before ? add(g, before, part) : part);
    });
  }
}
