import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { stepsPerEpoch } from '@tidemark/training/split';
import type { Batch } from '../engine/engine.ts';
import type { FromFeed, SetName, SetSpec, ToFeed } from './feed-messages.ts';
import { Ring, slotSize } from './ring.ts';

// Batches are made by threads of their own, ahead of the step that trains. They lie in shared memory: messages carry only which
// slot to fill with what. A batch is a function of (seed, epoch, number), so how many threads there are changes nothing in it.
//
// One thread is enough for a CPU of two cores. Where the step waited for more than `WAIT` of a stream, another thread is
// started, up to half the cores, and takes part from the next stream on.

/** Batches made ahead of the one in use, for each thread. Two cover a batch that takes longer than its neighbours. */
const AHEAD = 2;
const WAIT = 0.02;
/** Shorter streams say little: their first batch is always waited for. */
const LONG_STREAM_MS = 2000;
const MOST_THREADS = 8;

interface Task {
  task: number;
  slot: number;
}

interface FeedThread {
  worker: Worker;
  ready: boolean;
}

/** Makes the batches of a run's sets. A batch is valid until the next one is asked for; then its slot is filled again. */
export class Feed {
  readonly #threads: FeedThread[] = [];
  readonly #most: number;
  readonly #sets = new Map<SetName, SetSpec>();
  #ring: Ring | null = null;
  /** Threads that slots are dealt out to: slot s is always filled by thread s modulo this. */
  #dealt = 1;
  #stream = 0;
  #task = 0;
  /** Tasks sent and not answered. */
  #pending = 0;
  #wanted: { task: number; wake(): void } | null = null;
  #idle: (() => void) | null = null;
  #failures = new Map<number, Error>();
  #failure: Error | null = null;
  /** Milliseconds spent waiting for a batch, since the last time it was read. */
  #waited = 0;

  /** @param threads to begin with @param most that it may come to; by default half the cores */
  constructor(threads = 1, most = Math.min(MOST_THREADS, Math.max(1, availableParallelism() >> 1))) {
    this.#most = most;
    for (let i = 0; i < threads; i++) this.#start();
  }

  #start(): void {
    const worker = new Worker(new URL('./feed-thread.js', import.meta.url), { workerData: { parent: process.ppid } });
    const thread: FeedThread = { worker, ready: false };
    worker.unref();
    worker.on('message', (message: FromFeed) => {
      if (message.type === 'ready') thread.ready = true;
      else this.#answered(message);
    });
    worker.on('error', (error) => this.#fail(error));
    worker.on('exit', () => this.#fail(new Error('A thread that prepares batches ended.')));
    if (this.#ring) send(thread, { type: 'ring', ring: this.#ring.memory });
    for (const [name, spec] of this.#sets) send(thread, { type: 'set', name, spec });
    this.#threads.push(thread);
  }

  define(name: SetName, spec: SetSpec): void {
    this.#sets.set(name, spec);
    for (const thread of this.#threads) send(thread, { type: 'set', name, spec });
  }

  /** Batches `from`, `from`+1, … of an epoch. Each is overwritten once the next is asked for. */
  async *batches(name: SetName, epoch: number, from = 0): AsyncGenerator<Batch, void, void> {
    const spec = this.#sets.get(name);
    if (!spec) throw new Error(`The set ${name} was not defined.`);
    const total = stepsPerEpoch(spec.places.length, spec.batchSize);
    if (from >= total) return;
    const ring = await this.#prepare(slotSize(spec));
    const { slots } = ring.memory;
    const stream = ++this.#stream;
    ring.open(stream);
    const started = performance.now();
    const waitedBefore = this.#waited;
    const fill = (batch: number): Task => {
      const task: Task = { task: ++this.#task, slot: batch % slots };
      this.#pending++;
      send(this.#threads[task.slot % this.#dealt]!, { type: 'fill', ...task, stream, name, epoch, batch });
      return task;
    };
    try {
      const tasks: Task[] = [];
      for (let batch = from; batch < Math.min(from + slots, total); batch++) tasks.push(fill(batch));
      for (let batch = from; batch < total; batch++) {
        const task = tasks.shift()!;
        const count = await this.#filled(ring, task);
        const { weights, ...arrays } = ring.arrays(task.slot, spec);
        yield { ...arrays, ...(spec.weights ? { weights } : {}), count };
        if (batch + slots < total) tasks.push(fill(batch + slots));
      }
      this.#grow(performance.now() - started, this.#waited - waitedBefore);
    } finally {
      // What was asked for a stream that is left is passed over.
      if (this.#stream === stream) ring.open(0);
    }
  }

  takeWaited(): number {
    const waited = this.#waited;
    this.#waited = 0;
    return waited;
  }

  async close(): Promise<void> {
    for (const { worker } of this.#threads) worker.removeAllListeners('exit');
    await Promise.all(this.#threads.map(({ worker }) => worker.terminate()));
  }

  /** A ring with room for the batches, dealt out to all threads that are ready; changed only while nobody fills it. */
  async #prepare(size: number): Promise<Ring> {
    const ready = Math.max(1, this.#threads.filter((thread) => thread.ready).length);
    const fits = this.#ring && this.#ring.memory.size >= size;
    if (fits && ready === this.#dealt) return this.#ring!;
    if (this.#pending > 0) {
      await this.#awake(
        new Promise<void>((resolve) => {
          this.#idle = resolve;
        }),
      );
    }
    // Those that are ready first: the slots go to them.
    this.#threads.sort((a, b) => Number(b.ready) - Number(a.ready));
    this.#dealt = ready;
    const ring = Ring.allocate(AHEAD * ready + 1, Math.max(size, this.#ring?.memory.size ?? 0));
    this.#ring = ring;
    for (const thread of this.#threads) send(thread, { type: 'ring', ring: ring.memory });
    return ring;
  }

  #grow(took: number, waited: number): void {
    const { length } = this.#threads;
    if (took < LONG_STREAM_MS || waited / took < WAIT || length !== this.#dealt || length >= this.#most) return;
    this.#start();
  }

  /** Waits until a task is done. @returns images in the batch */
  async #filled(ring: Ring, { task, slot }: Task): Promise<number> {
    const here = () => {
      const error = this.#failure ?? this.#failures.get(task);
      if (error) throw error;
      return ring.countOf(slot, task);
    };
    let count = here();
    if (count !== null) return count;
    const started = performance.now();
    while (count === null) {
      await this.#awake(
        new Promise<void>((wake) => {
          this.#wanted = { task, wake };
        }),
      );
      count = here();
    }
    this.#waited += performance.now() - started;
    return count;
  }

  /** While something is waited for, the threads keep the process alive; else they do not. */
  async #awake(waited: Promise<void>): Promise<void> {
    for (const { worker } of this.#threads) worker.ref();
    await waited;
    for (const { worker } of this.#threads) worker.unref();
  }

  #answered(message: Exclude<FromFeed, { type: 'ready' }>): void {
    this.#pending--;
    if (message.type === 'error') this.#failures.set(message.task, new Error(message.message));
    if (this.#wanted?.task === message.task) this.#wake();
    if (this.#pending === 0) {
      this.#idle?.();
      this.#idle = null;
    }
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#wake();
    this.#idle?.();
    this.#idle = null;
  }

  #wake(): void {
    const wanted = this.#wanted;
    this.#wanted = null;
    wanted?.wake();
  }
}

function send({ worker }: FeedThread, message: ToFeed): void {
  worker.postMessage(message);
}
