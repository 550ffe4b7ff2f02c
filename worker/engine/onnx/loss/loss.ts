import type { Loss } from '@tidemark/training/config/loss';
import type { Graph, Ref } from '../graph.ts';
import type { Activation } from '../plan.ts';
import { binaryCrossEntropy, categoricalCrossEntropy } from './cross-entropy.ts';
import { binaryFocal, categoricalFocal } from './focal.ts';
import { huber, meanAbsoluteError, meanSquaredError } from './regression.ts';

export interface Head {
  /** The last operation's result: [images, size]. */
  t: Ref;
  size: number;
  /** The activation that would follow; with its own loss it is folded into the loss. */
  activation: Activation | null;
}

/** A loss of each image, as Keras 3 defines it: means over the last axis, sums over classes. */
export interface LossGraph {
  /** [images] */
  perImage: Ref;
  /** [images, size]; what a regression predicts. */
  probabilities: Ref;
  /** Gradient of the sum over images of `perImage` times `share` ([images, 1]) with respect to `head.t`. */
  gradient(share: Ref): Ref;
}

export interface LossArguments {
  g: Graph;
  head: Head;
  /** [images, size] */
  labels: Ref;
  /** Whether `head.t` are logits, because the loss's own activation follows. */
  logits: boolean;
}

/** The activation that a loss takes logits of. */
export function matchingActivation({ name }: Loss): Activation | null {
  if (name === 'binary_crossentropy' || name === 'binary_focal_crossentropy') return 'sigmoid';
  return name === 'categorical_crossentropy' ? 'softmax' : null;
}

export function lowerLoss(g: Graph, loss: Loss, head: Head, labels: Ref): LossGraph {
  const logits = head.activation !== null && head.activation === matchingActivation(loss);
  const common = { g, head, labels, logits };
  switch (loss.name) {
    case 'binary_crossentropy':
      return binaryCrossEntropy(common, loss.label_smoothing);
    case 'categorical_crossentropy':
      return categoricalCrossEntropy(common, loss.label_smoothing);
    case 'binary_focal_crossentropy':
      return binaryFocal(common, loss);
    case 'categorical_focal_crossentropy':
      return categoricalFocal(common, loss);
    case 'mean_squared_error':
      return meanSquaredError(common);
    case 'mean_absolute_error':
      return meanAbsoluteError(common);
    case 'huber':
      return huber(common, loss.delta);
  }
}
