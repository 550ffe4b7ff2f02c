import type { Loss } from '@tidemark/training/config/loss';
import type { Shape } from '@tidemark/training/layers/shape';
import { type Block, chooseBlocks } from './blocks.ts';
import { Graph, type Ref } from './graph.ts';
import { type Head, lowerLoss, matchingActivation } from './loss/loss.ts';
import { lowerActivation } from './lowering/activation.ts';
import { lowerAveragePool } from './lowering/average-pool.ts';
import { lowerBatchNormalization } from './lowering/batch-normalization.ts';
import { lowerConvolution } from './lowering/convolution.ts';
import { lowerDense } from './lowering/dense.ts';
import { lowerDropout } from './lowering/dropout.ts';
import { firstStrips, lowerFirstConvolution, patchOf } from './lowering/first-convolution.ts';
import { lowerFlatten } from './lowering/flatten.ts';
import { lowerGlobalAverage } from './lowering/global-average.ts';
import { lowerMaxPool } from './lowering/max-pool.ts';
import { lowerWinograd } from './lowering/winograd.ts';
import type { Optimizer } from './optimizer/optimizer.ts';
import type { PatchLayout } from './patches.ts';
import type { Plan, Planned } from './plan.ts';
import { asFeatures, identityColumns } from './strips.ts';
import { lowerUpdate, nextName } from './update.ts';
import type { FeatureMap, Lowered, LoweringContext, Value } from './value.ts';

/** A dropout mask that must be fed: [images, size] or [rows, columns, images, channels], the part that is used. */
export interface MaskInput {
  name: string;
  index: number;
  rate: number;
  /** The layer's whole output, for which the mask is drawn, and the part of it in the graph. */
  full: Shape;
  used: Shape;
}

/** A graph and what it must be fed besides the state, `labels` [images, outputs], `weights` [images] and, in training, the scalar `rate`. */
export interface NetGraph {
  g: Graph;
  images: PatchLayout;
  masks: readonly MaskInput[];
}

export interface NetOptions {
  plan: Plan;
  loss: Loss;
  images: number;
  /** Lowerings are chosen for whole batches, so that a short one runs the same arithmetic. */
  batchSize: number;
  fast: boolean;
}

export const gradientName = (name: string): string => `gradient/${name}`;

function lowerPlain(context: LoweringContext, spec: Planned): Lowered {
  switch (spec.kind) {
    case 'convolution':
      return lowerConvolution(context, spec, spec.output);
    case 'dense':
      return lowerDense(context, spec);
    case 'activation':
      return lowerActivation(context, spec.activation);
    case 'max_pool':
      return lowerMaxPool(context, spec.geometry, spec.output);
    case 'average_pool':
      return lowerAveragePool(context, spec.geometry, spec.output);
    case 'global_average':
      return lowerGlobalAverage(context);
    case 'flatten':
      return lowerFlatten(context);
    case 'dropout':
      return lowerDropout(context, `mask/${spec.layer}`);
    case 'batch_normalization':
      return lowerBatchNormalization(context, spec, spec.output);
  }
}

function lower(context: LoweringContext, block: Block): Lowered {
  switch (block.lowering) {
    case 'first_convolution':
      return lowerFirstConvolution(context, block.spec);
    case 'winograd':
      return lowerWinograd(context, block.spec, block.output);
    case 'pointwise':
      return lowerDense(context, { ...block.spec, inputs: block.spec.channels, units: block.spec.filters });
    case 'plain':
      return lowerPlain(context, block.spec);
  }
}

const hasWeights = ({ lowering, spec }: Block): boolean =>
  lowering !== 'plain' || ['convolution', 'dense', 'batch_normalization'].includes(spec.kind);

/** The graph's image inputs as the first block wants them: patches, or the pixels themselves in HWNC order. */
function imageInput(g: Graph, first: Block, images: number): { value: FeatureMap; layout: PatchLayout } {
  const patches = first.lowering === 'first_convolution' ? first.spec : null;
  const [rows = 1, width = 1] = patches ? first.output : first.input;
  const channels = patches ? patches.channels : first.input[2]!;
  const patch = patches ? patchOf(patches) : { height: 1, width: 1, strides: [1, 1] as const, before: [0, 0] as const };
  const size = patch.height * patch.width * channels;
  const heights = patches ? firstStrips(rows, width, images, patches.filters, patches.pool) : [rows];
  const strips = heights.map((high, i) => {
    const dims = patches ? [high, 1, width * images, size] : [high, width, images, size];
    return { rows: high, t: g.input(`image${i}`, dims), dims };
  });
  const inputs = strips.map(({ t, dims }) => ({ name: t, dims }));
  return {
    value: { kind: 'map', strips, rows, columns: identityColumns(width), channels: size },
    layout: { ...patch, channels, rows, columns: width, inputs },
  };
}

interface Forward {
  g: Graph;
  images: PatchLayout;
  masks: MaskInput[];
  head: Head;
  lowered: Lowered[];
  gradients: Map<string, Ref>;
  updates: Map<string, Ref>;
}

function forward(options: NetOptions, training: boolean): Forward {
  const { plan, images, loss } = options;
  const g = new Graph();
  const operations = [...plan.operations];
  const last = operations.at(-1);
  const activation = last?.kind === 'activation' ? last.activation : null;
  if (activation !== null && activation === matchingActivation(loss)) operations.pop();
  const blocks = chooseBlocks(operations, options.batchSize, options.fast);
  for (const { name, shape } of plan.parameters) g.input(name, shape);

  const gradients = new Map<string, Ref>();
  const updates = new Map<string, Ref>();
  const masks: MaskInput[] = [];
  const source: Block = blocks[0] ?? { lowering: 'plain', spec: last!, input: last!.input, output: last!.output };
  const input = imageInput(g, source, images);
  let value: Value = input.value;
  // Below the first layer with weights nothing wants a gradient.
  const firstTrained = blocks.findIndex(hasWeights);
  const lowered = blocks.map((block, i) => {
    g.prefix = `${i}_${'layer' in block.spec ? block.spec.layer : block.spec.kind}_`;
    if (block.lowering === 'plain' && block.spec.kind === 'dropout' && training) {
      const { layer, index, rate, full, output } = block.spec;
      const dims = output.length === 3 ? [output[0]!, output[1]!, images, output[2]!] : [images, output[0]!];
      masks.push({ name: g.input(`mask/${layer}`, dims), index, rate, full, used: output });
    }
    const one = lower(
      {
        g,
        images,
        training,
        needsInputGradient: i > firstTrained,
        parameter: (name) => name,
        gradient: (name, t) => gradients.set(name, t),
        update: (name, t) => updates.set(name, t),
      },
      block,
    );
    value = one.forward(value);
    return one;
  });
  g.prefix = 'head_';
  const { t, size } = asFeatures(value);
  const head: Head = { t, size, activation: operations.length < plan.operations.length ? activation : null };
  const below = firstTrained < 0 ? lowered.length : firstTrained;
  return { g, images: input.layout, masks, head, lowered: lowered.slice(below), gradients, updates };
}

/** The loss per image, weighted. */
function outputs(net: Forward, options: NetOptions) {
  const { g, head } = net;
  const labels = g.input('labels', [options.images, head.size]);
  const weights = g.input('weights', [options.images]);
  const loss = lowerLoss(g, options.loss, head, labels);
  g.output('loss', g.mul(loss.perImage, weights), [options.images]);
  g.output('probabilities', loss.probabilities, [options.images, head.size]);
  return { loss, weights };
}

/** Forward only, with the parameters as inputs: after a step nothing has to be rebuilt to evaluate. */
export function evaluationGraph(options: NetOptions): NetGraph {
  const net = forward(options, false);
  outputs(net, options);
  return net;
}

/** `share`: each image's part of the mean, a scalar. */
function backward(net: Forward, options: NetOptions, share: Ref): void {
  const { loss, weights } = outputs(net, options);
  const shares = net.g.mul(net.g.reshape(weights, [options.images, 1]), share);
  let d: Value | null = { kind: 'features', t: loss.gradient(shares), size: net.head.size };
  for (const layer of net.lowered.toReversed()) if (d) d = layer.backward(d);
}

/**
 * ONNX Runtime begins with what the last output needs. That is the first layer's gradient, which needs a strip of each
 * other layer in turn: so a strip goes all the way down while it is in cache, and the next one takes its memory.
 */
const lastFirst = ({ parameters }: Plan) => parameters.toReversed();

/** Forward, backward and the optimizer's update. Outputs: `loss` per image, `probabilities`, and `next/…` of the state. */
export function trainingGraph(options: NetOptions, optimizer: Optimizer): NetGraph {
  const net = forward(options, true);
  const { g, gradients, updates } = net;
  backward(net, options, g.scalar(1 / options.images));
  for (const { name, shape, trainable } of lastFirst(options.plan)) {
    if (trainable) lowerUpdate(g, optimizer, { name, shape }, g.reshape(gradients.get(name)!, shape));
    else g.output(nextName(name), updates.get(name)!, shape);
  }
  return net;
}

/**
 * Forward and backward for a part of a batch. Input `share` is 1 / (images in the whole batch); outputs `gradient/…` of
 * the parts add up to the batch's. Not for nets whose images see each other in training (BatchNormalization).
 */
export function gradientGraph(options: NetOptions): NetGraph {
  const net = forward(options, true);
  const { g, gradients } = net;
  backward(net, options, g.input('share', []));
  for (const { name, shape } of lastFirst(options.plan)) {
    g.output(gradientName(name), g.reshape(gradients.get(name)!, shape), shape);
  }
  return net;
}
