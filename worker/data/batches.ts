import { augment } from '@tidemark/training/augment/augment';
import { draw, IDENTITY } from '@tidemark/training/augment/draw';
import { drawMix } from '@tidemark/training/augment/mix';
import { mixBatch } from '@tidemark/training/augment/mix-batch';
import { PURPOSE } from '@tidemark/training/rng';
import { epochOrder } from '@tidemark/training/split';
import type { SetSpec } from './feed-messages.ts';
import { imageBytes, PackReader } from './pack.ts';

/** Never looked at: nothing moves. */
const PLAIN = { fill_mode: 'nearest', cval: 0 } as const;

/** Makes the batches of one set: a function of (seed, epoch, batch) alone, whatever was made before. */
export class BatchMaker {
  readonly #spec: SetSpec;
  readonly #reader: PackReader;
  readonly #bytes: Uint8Array;
  #order: { epoch: number; places: Uint32Array } | null = null;

  constructor(spec: SetSpec) {
    this.#spec = spec;
    this.#reader = new PackReader({ file: spec.pack, shape: spec.shape });
    this.#bytes = new Uint8Array(imageBytes(spec.shape));
  }

  /**
   * Fills one batch.
   * @param images [batchSize, rows, columns, channels], rescaled @param labels [batchSize, outputs]
   * @param weights [batchSize] where the set has weights
   * @returns how many images it holds; the last of an epoch may be short
   */
  fill(epoch: number, batch: number, images: Float32Array, labels: Float32Array, weights?: Float32Array): number {
    const { batchSize, outputs, labels: all, weights: ofImages, places, shape } = this.#spec;
    const order = this.#orderOf(epoch);
    const first = batch * batchSize;
    const count = Math.min(batchSize, order.length - first);
    const size = imageBytes(shape);
    for (let row = 0; row < count; row++) {
      const index = order[first + row]!;
      this.#image(places[index]!, epoch, images.subarray(row * size, (row + 1) * size));
      labels.set(all.subarray(index * outputs, (index + 1) * outputs), row * outputs);
      if (ofImages && weights) weights[row] = ofImages[index]!;
    }
    this.#mix(epoch, order.subarray(first, first + count), images, labels, weights);
    return count;
  }

  /** Mixes a training batch; validation labels stay what they are. */
  #mix(epoch: number, order: Uint32Array, images: Float32Array, labels: Float32Array, weights?: Float32Array): void {
    const { augmentation, outputs, places, purpose, seed, shape, weights: ofImages } = this.#spec;
    if (!augmentation?.mixup && !augmentation?.cutmix) return;
    if (purpose !== 'augmentation') return;
    const size = [shape.rows, shape.columns] as const;
    const mixes = Array.from(order, (index) => drawMix(augmentation, size, seed, epoch, places[index]!));
    const batch = { images, labels, weights: ofImages ? weights : undefined, count: order.length, ...shape, outputs };
    mixBatch(batch, mixes);
  }

  close(): void {
    this.#reader.close();
  }

  #image(place: number, epoch: number, out: Float32Array): void {
    const { augmentation, shape, seed, purpose, rescale } = this.#spec;
    this.#reader.read(place, this.#bytes);
    const { rows, columns, channels } = shape;
    const drawn = augmentation ? draw(augmentation, [rows, columns], seed, epoch, place, PURPOSE[purpose]) : IDENTITY;
    // As NumPy: a float32 image times a float32 factor.
    augment(this.#bytes, rows, columns, channels, augmentation ?? PLAIN, drawn, out, rescale);
  }

  #orderOf(epoch: number): Uint32Array {
    if (this.#order?.epoch !== epoch) {
      const { places, seed, shuffle } = this.#spec;
      this.#order = { epoch, places: epochOrder(places.length, seed, epoch, shuffle) };
    }
    return this.#order.places;
  }
}
