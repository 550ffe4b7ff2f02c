import type { SetSpec } from './feed-messages.ts';

/** A ring's memory, shared by all threads: given to a thread once, and seen by it from then on. */
export interface RingMemory {
  slots: number;
  /** Float32 numbers a slot has. */
  size: number;
  numbers: SharedArrayBuffer;
  /** Int32: the stream that is open, then for each slot the task that filled it and the number of its images. */
  control: SharedArrayBuffer;
}

/** A batch's arrays in a slot, laid out for one set. */
export interface SlotArrays {
  images: Float32Array;
  labels: Float32Array;
  weights: Float32Array;
}

type Sizes = Pick<SetSpec, 'batchSize' | 'outputs' | 'shape'>;

const imagesOf = ({ batchSize, shape }: Sizes): number => batchSize * shape.rows * shape.columns * shape.channels;

/** Numbers that a batch of this set takes. */
export const slotSize = (spec: Sizes): number => imagesOf(spec) + spec.batchSize * (spec.outputs + 1);

/**
 * Slots of shared memory for batches, each filled by one thread and read by another. Nobody writes into a slot that is being read:
 * the reader hands out the tasks, and those of one slot go to one thread, which does them in order.
 */
export class Ring {
  readonly memory: RingMemory;
  readonly #control: Int32Array;

  constructor(memory: RingMemory) {
    this.memory = memory;
    this.#control = new Int32Array(memory.control);
  }

  static allocate(slots: number, size: number): Ring {
    const numbers = new SharedArrayBuffer(slots * size * 4);
    const control = new SharedArrayBuffer((1 + 2 * slots) * 4);
    return new Ring({ slots, size, numbers, control });
  }

  arrays(slot: number, spec: Sizes): SlotArrays {
    const { numbers, size } = this.memory;
    const images = imagesOf(spec);
    const labels = spec.batchSize * spec.outputs;
    const at = slot * size * 4;
    return {
      images: new Float32Array(numbers, at, images),
      labels: new Float32Array(numbers, at + images * 4, labels),
      weights: new Float32Array(numbers, at + (images + labels) * 4, spec.batchSize),
    };
  }

  /** From now on only tasks of this stream are wanted. */
  open(stream: number): void {
    Atomics.store(this.#control, 0, stream);
  }

  isOpen(stream: number): boolean {
    return Atomics.load(this.#control, 0) === stream;
  }

  /** By the filling thread, after its last write. */
  filled(slot: number, task: number, count: number): void {
    this.#control[2 + 2 * slot] = count;
    Atomics.store(this.#control, 1 + 2 * slot, task);
  }

  /** Images in the slot where `task` has filled it, else null. */
  countOf(slot: number, task: number): number | null {
    if (Atomics.load(this.#control, 1 + 2 * slot) !== task) return null;
    return this.#control[2 + 2 * slot]!;
  }
}
