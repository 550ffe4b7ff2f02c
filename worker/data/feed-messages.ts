import type { AugmentationConfig } from '@tidemark/training/config/augmentation';
import type { ImageShape } from './decode.ts';

export type SetName = 'train' | 'validation' | 'test';

/** One set of images as the feed thread needs it: plain data. */
export interface SetSpec {
  pack: string;
  shape: ImageShape;
  /** Place of each image in the pack; also the image's index for its random draws. */
  places: Uint32Array;
  /** [images, outputs]: the label vector of each image, as the loss takes it. */
  labels: Float32Array;
  /** Length of a label vector: 1 for class_mode binary, else the number of classes. */
  outputs: number;
  /** [images]: each image's weight in the loss; null: all 1. */
  weights: Float32Array | null;
  batchSize: number;
  shuffle: boolean;
  seed: number;
  rescale: number;
  /** Null: images as they are. */
  augmentation: AugmentationConfig | null;
  /** Which stream the draws come from. */
  purpose: 'augmentation' | 'augmentValidation';
}

export type ToFeed =
  | { type: 'set'; name: SetName; spec: SetSpec }
  /** Batches of one epoch from number `from` on, until the epoch ends or another stream opens. */
  | { type: 'open'; stream: number; name: SetName; epoch: number; from: number }
  | { type: 'close' }
  /** Memory to fill again. */
  | { type: 'memory'; images: ArrayBuffer; labels: ArrayBuffer };

export type FromFeed =
  | { type: 'batch'; stream: number; batch: number; count: number; images: ArrayBuffer; labels: ArrayBuffer }
  | { type: 'error'; stream: number; message: string };
