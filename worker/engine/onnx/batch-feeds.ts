import { sizeOf } from '@tidemark/training/layers/shape';
import { maskKey } from '../dropout-mask.ts';
import { fillMaskInput } from './masks.ts';
import type { NetGraph } from './net.ts';
import { fillPatches, type PatchLayout, patchMemory } from './patches.ts';
import { floats, type Tensors, tensor } from './tensors.ts';

/** Images and labels as the data pipeline gives them; of `images` the first `count` are read. No weights: all 1. */
export interface Part {
  images: Float32Array;
  labels: Float32Array;
  weights?: Float32Array;
  count: number;
}

/** What dropout masks are drawn for. `first`: the place of the part's first image in its batch. */
export interface Draw {
  seed: number;
  step: number;
  first: number;
}

/** The memory that a graph reads a batch from: images or patches, labels, sample weights, dropout masks. */
export class BatchFeeds {
  readonly #net: NetGraph;
  /** Images the graph was built for. */
  readonly #slots: number;
  readonly #input: readonly [number, number, number];
  /** One buffer under all image inputs; made for raw images only when a short batch comes. */
  #pixels: Float32Array | null = null;
  #rescaled: Float32Array | null = null;
  readonly #masks: Float32Array[];
  readonly #tensors: Tensors = {};

  constructor(net: NetGraph, slots: number, input: readonly [number, number, number], outputs: number) {
    this.#net = net;
    this.#slots = slots;
    this.#input = input;
    if (!net.images.raw) {
      this.#pixels = patchMemory(net.images);
      let at = 0;
      for (const { name, dims } of net.images.inputs) {
        this.#tensors[name] = tensor(dims, this.#pixels.subarray(at, at + sizeOf(dims)));
        at += sizeOf(dims);
      }
    }
    this.#masks = net.masks.map(({ name, used }) => {
      const dims = used.length === 3 ? [used[0]!, used[1]!, slots, used[2]!] : [slots, used[0]!];
      this.#tensors[name] = tensor(dims);
      return floats(this.#tensors[name]);
    });
    this.#tensors.labels = tensor([slots, outputs]);
    this.#tensors.weights = tensor([slots]);
  }

  /** Valid until the next call. Without a draw, masks are left as they are. */
  fill(part: Part, draw: Draw | null): Tensors {
    this.#fillImages(part);
    const labels = floats(this.#tensors.labels!);
    labels.set(part.labels.subarray(0, (part.count * labels.length) / this.#slots));
    const weights = floats(this.#tensors.weights!);
    if (part.weights) weights.set(part.weights.subarray(0, part.count));
    else weights.fill(1);
    this.#net.masks.forEach((mask, i) => {
      if (!draw) return;
      fillMaskInput(this.#masks[i]!, maskKey(draw.seed, draw.step, mask.index), this.#slots, draw.first, mask);
    });
    return this.#tensors;
  }

  #fillImages({ images, count }: Part): void {
    const { images: layout } = this.#net;
    const [rows, columns] = this.#input;
    if (!layout.raw) {
      const all = count * rows * columns * layout.channels;
      const pixels = layout.rescaling ? this.#rescale(images, all, layout.rescaling) : images;
      fillPatches(this.#pixels!, pixels, count, this.#slots, [rows, columns], layout);
      return;
    }
    const { name, dims } = layout.inputs[0]!;
    const all = sizeOf(dims);
    // ONNX Runtime reads no shared memory.
    if (count === this.#slots && images.buffer instanceof ArrayBuffer) {
      this.#tensors[name] = tensor(dims, images.subarray(0, all));
      return;
    }
    this.#pixels ??= new Float32Array(all);
    this.#pixels.set(images.subarray(0, (all / this.#slots) * count));
    this.#tensors[name] = tensor(dims, this.#pixels);
  }

  /** As a Rescaling layer would do it, in float32. */
  #rescale(images: Float32Array, all: number, { scale, offset }: NonNullable<PatchLayout['rescaling']>): Float32Array {
    const out = this.#rescaled ?? new Float32Array(all);
    this.#rescaled = out.length < all ? new Float32Array(all) : out;
    const [factors, summands] = [scale, offset].map((list) => Float32Array.from(list));
    const channels = Math.max(scale.length, offset.length);
    for (let c = 0; c < channels; c++) {
      const [factor, summand] = [factors![c % scale.length]!, summands![c % offset.length]!];
      for (let i = c; i < all; i += channels) {
        this.#rescaled[i] = Math.fround(images[i]! * factor) + summand;
      }
    }
    return this.#rescaled;
  }
}
