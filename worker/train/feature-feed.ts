import { epochOrder, stepsPerEpoch } from '@tidemark/training/split';
import type { SetName, SetSpec } from '../data/feed-messages.ts';
import type { Batch } from '../engine/engine.ts';
import type { BatchSource } from './batch-source.ts';

/** Makes the features of all images of a set, in the set's order. */
export type Extract = (name: SetName, spec: SetSpec) => Promise<Float32Array>;

/** Batches of features instead of images: the same images, in the same order, with the same labels. */
export class FeatureFeed implements BatchSource {
  readonly #size: number;
  readonly #extract: Extract;
  readonly #sets = new Map<SetName, SetSpec>();
  readonly #features = new Map<SetName, Float32Array>();

  /** @param size numbers that an image's features are */
  constructor(size: number, extract: Extract) {
    this.#size = size;
    this.#extract = extract;
  }

  define(name: SetName, spec: SetSpec): void {
    this.#sets.set(name, spec);
    this.#features.delete(name);
  }

  /** Makes features now, for all of these sets that have none yet. */
  async prepare(names: Iterable<SetName>): Promise<void> {
    for (const name of names) {
      const spec = this.#sets.get(name);
      if (spec && !this.#features.has(name)) this.#features.set(name, await this.#extract(name, spec));
    }
  }

  /** The weights that they were made with are no longer the model's. */
  forget(): void {
    this.#features.clear();
  }

  async *batches(name: SetName, epoch: number, from = 0): AsyncGenerator<Batch, void, void> {
    const spec = this.#sets.get(name);
    if (!spec) throw new Error(`The set ${name} was not defined.`);
    await this.prepare([name]);
    const features = this.#features.get(name)!;
    const { batchSize, outputs, places, seed, shuffle, labels: all, weights: ofImages } = spec;
    const order = epochOrder(places.length, seed, epoch, shuffle);
    const size = this.#size;
    const images = new Float32Array(batchSize * size);
    const labels = new Float32Array(batchSize * outputs);
    const weights = new Float32Array(batchSize);
    for (let batch = from; batch < stepsPerEpoch(places.length, batchSize); batch++) {
      const rows = order.subarray(batch * batchSize, (batch + 1) * batchSize);
      rows.forEach((index, row) => {
        images.set(features.subarray(index * size, (index + 1) * size), row * size);
        labels.set(all.subarray(index * outputs, (index + 1) * outputs), row * outputs);
        weights[row] = ofImages?.[index] ?? 1;
      });
      yield { images, labels, ...(ofImages ? { weights } : {}), count: rows.length };
    }
  }

  takeWaited(): number {
    return 0;
  }
}
