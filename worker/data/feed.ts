import { Worker } from 'node:worker_threads';
import { stepsPerEpoch } from '@tidemark/training/split';
import type { Batch } from '../engine/engine.ts';
import type { FromFeed, SetName, SetSpec, ToFeed } from './feed-messages.ts';

/** Batches made ahead of the one that trains. Two cover a batch that takes longer than its neighbours. */
const AHEAD = 2;

type BatchMessage = Extract<FromFeed, { type: 'batch' }>;

/**
 * Batches from a thread of their own, made while the training step runs. Memory goes round: a batch is valid until the next one
 * is asked for, then its buffers return to the thread.
 */
export class Feed {
  readonly #thread: Worker;
  readonly #sets = new Map<SetName, SetSpec>();
  #stream = 0;
  #arrived: BatchMessage[] = [];
  #waiting: { resolve(message: BatchMessage): void; reject(error: Error): void } | null = null;
  #failure: Error | null = null;
  /** Milliseconds spent waiting for a batch, since the last time it was read. */
  #waited = 0;

  constructor() {
    this.#thread = new Worker(new URL('./feed-thread.js', import.meta.url), { workerData: { parent: process.ppid } });
    this.#thread.unref();
    this.#thread.on('message', (message: FromFeed) => this.#receive(message));
    this.#thread.on('error', (error) => this.#fail(error));
    this.#thread.on('exit', () => this.#fail(new Error('The thread that prepares batches ended.')));
  }

  define(name: SetName, spec: SetSpec): void {
    const largest = ({ batchSize, shape, outputs }: SetSpec) => [
      batchSize * shape.rows * shape.columns * shape.channels * 4,
      batchSize * (outputs + 1) * 4,
    ];
    const [images, labels] = largest(spec) as [number, number];
    if (this.#sets.size === 0) {
      for (let i = 0; i <= AHEAD; i++) {
        this.#send({ type: 'memory', images: new ArrayBuffer(images), labels: new ArrayBuffer(labels) });
      }
    }
    this.#sets.set(name, spec);
    this.#send({ type: 'set', name, spec });
  }

  /** Batches `from`, `from`+1, … of an epoch. Each is overwritten once the next is asked for. */
  async *batches(name: SetName, epoch: number, from = 0): AsyncGenerator<Batch, void, void> {
    const spec = this.#sets.get(name);
    if (!spec) throw new Error(`The set ${name} was not defined.`);
    const total = stepsPerEpoch(spec.places.length, spec.batchSize);
    if (from >= total) return;
    const stream = ++this.#stream;
    this.#send({ type: 'open', stream, name, epoch, from });
    try {
      for (let batch = from; batch < total; batch++) {
        const message = await this.#next(stream);
        try {
          const labels = spec.batchSize * spec.outputs;
          yield {
            images: new Float32Array(message.images),
            labels: new Float32Array(message.labels, 0, labels),
            ...(spec.weights ? { weights: new Float32Array(message.labels, labels * 4, spec.batchSize) } : {}),
            count: message.count,
          };
        } finally {
          this.#giveBack(message);
        }
      }
    } finally {
      this.#send({ type: 'close' });
    }
  }

  takeWaited(): number {
    const waited = this.#waited;
    this.#waited = 0;
    return waited;
  }

  async close(): Promise<void> {
    this.#thread.removeAllListeners('exit');
    await this.#thread.terminate();
  }

  async #next(stream: number): Promise<BatchMessage> {
    if (this.#failure) throw this.#failure;
    for (let message = this.#arrived.shift(); message; message = this.#arrived.shift()) {
      if (message.stream === stream) return message;
      this.#giveBack(message);
    }
    const started = performance.now();
    const message = await new Promise<BatchMessage>((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
    this.#waited += performance.now() - started;
    return message;
  }

  #receive(message: FromFeed): void {
    if (message.type === 'error') this.#fail(new Error(message.message));
    else if (message.stream !== this.#stream) this.#giveBack(message);
    else if (this.#waiting) {
      this.#waiting.resolve(message);
      this.#waiting = null;
    } else this.#arrived.push(message);
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#waiting?.reject(error);
    this.#waiting = null;
  }

  #giveBack({ images, labels }: BatchMessage): void {
    this.#send({ type: 'memory', images, labels });
  }

  #send(message: ToFeed): void {
    this.#thread.postMessage(message, message.type === 'memory' ? [message.images, message.labels] : []);
  }
}
