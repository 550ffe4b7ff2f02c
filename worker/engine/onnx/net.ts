import { backpropagate, type Forward, forward, type MaskInput, type NetOptions } from './forward.ts';
import type { Graph, Ref } from './graph.ts';
import { lowerLoss } from './loss/loss.ts';
import type { PatchLayout } from './patches.ts';
import type { Plan } from './plan.ts';
import { prune } from './prune.ts';
import { penalty } from './regularizer.ts';
import { lowerUpdates, nextName, trained, type UpdateRule } from './update.ts';

export type { MaskInput } from './forward.ts';

/** A graph and what it must be fed besides the state, `labels` [images, outputs], `weights` [images] and, in training, the scalar `rate`. */
export interface NetGraph {
  g: Graph;
  images: PatchLayout;
  masks: readonly MaskInput[];
}

export const gradientName = (name: string): string => `gradient/${name}`;

/** The loss per image: weighted, with the penalty on top, so that the mean over any images is right. */
function outputs(net: Forward, options: NetOptions) {
  const { g, head } = net;
  const labels = g.input('labels', [options.images, head.size]);
  const weights = g.input('weights', [options.images]);
  const loss = lowerLoss(g, options.loss, head, labels);
  const weighted = g.mul(loss.perImage, weights);
  const extra = penalty(g, options.plan.parameters);
  g.output('loss', extra ? g.add(weighted, extra) : weighted, [options.images]);
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
  backpropagate(net, { kind: 'features', t: loss.gradient(shares), size: net.head.size });
}

/**
 * ONNX Runtime begins with what the last output needs. That is the first layer's gradient, which needs a strip of each
 * other layer in turn: so a strip goes all the way down while it is in cache, and the next one takes its memory.
 */
const lastFirst = ({ parameters }: Plan) => parameters.toReversed();

/** Forward, backward and the optimizer's update. Outputs: `loss` per image, `probabilities`, and `next/…` of the state. */
export function trainingGraph(options: NetOptions, rule: UpdateRule): NetGraph {
  const net = forward(options, true);
  const { g, gradients, updates } = net;
  backward(net, options, g.scalar(1 / options.images));
  const parameters = lastFirst(options.plan);
  for (const { name, shape } of parameters) {
    const next = updates.get(name);
    if (next) g.output(nextName(name), next, shape);
  }
  const learning = trained(parameters);
  const shaped = learning.map(({ name, shape }) => [name, g.reshape(gradients.get(name)!, shape)] as const);
  lowerUpdates(g, rule, learning, new Map(shaped));
  return prune(net);
}

/**
 * Forward and backward for a part of a batch. Input `share` is 1 / (images in the whole batch); outputs `gradient/…` of
 * the parts add up to the batch's. Not for nets whose images see each other in training (BatchNormalization).
 */
export function gradientGraph(options: NetOptions): NetGraph {
  const net = forward(options, true);
  const { g, gradients } = net;
  backward(net, options, g.input('share', []));
  for (const { name, shape } of trained(lastFirst(options.plan))) {
    g.output(gradientName(name), g.reshape(gradients.get(name)!, shape), shape);
  }
  return prune(net);
}
