import type { AugmentationConfig } from '@tidemark/training/config/augmentation';
import type { ImageShape } from './decode.ts';
import type { RingMemory } from './ring.ts';

export type SetName = 'train' | 'validation' | 'test';

/** One set of images as a feed thread needs it: plain data. */
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

/** One batch to be made into one slot of the ring. Those of a stream that is over meanwhile are passed over. */
export interface FillTask {
  task: number;
  stream: number;
  slot: number;
  name: SetName;
  epoch: number;
  batch: number;
}

export type ToFeed =
  | { type: 'ring'; ring: RingMemory }
  | { type: 'set'; name: SetName; spec: SetSpec }
  | ({ type: 'fill' } & FillTask);

export type FromFeed =
  /** Modules are loaded. */
  | { type: 'ready' }
  /** The slot is filled, or the task was passed over. */
  | { type: 'done'; task: number }
  | { type: 'error'; task: number; message: string };
