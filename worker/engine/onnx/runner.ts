import * as ort from 'onnxruntime-node';
import { BatchFeeds, type Draw, type Part } from './batch-feeds.ts';
import type { Graph } from './graph.ts';
import type { NetGraph } from './net.ts';
import { openOnDevice } from './open-on-device.ts';
import { type Tensors, tensor } from './tensors.ts';

/**
 * Threads wait for each other's next operation by spinning, but only this long: beside another busy program, endless
 * spinning takes the processor from the very thread that is waited for.
 */
const SPIN = { session: { intra_op: { spin_duration_us: '100' } } };

/** For the CPU. */
export const openGraph = (g: Graph, threads: number): Promise<ort.InferenceSession> =>
  ort.InferenceSession.create(g.model(), {
    executionProviders: ['cpu'],
    intraOpNumThreads: threads,
    // The graphs are written in the order and form wanted; ONNX Runtime's rewriting slows them down.
    graphOptimizationLevel: 'disabled',
    // A planned block beside the arena takes a third to a half more memory, and saves no time.
    enableMemPattern: false,
    logSeverityLevel: 3,
    extra: SPIN,
  });

interface RunnerOptions {
  /** Images the graph was built for. */
  slots: number;
  input: readonly [number, number, number];
  outputs: number;
  threads: number;
  deviceId?: number;
}

/** A compiled graph with the memory it reads from and writes to. */
export class Runner {
  readonly loss: ort.Tensor;
  readonly probabilities: ort.Tensor;
  readonly graph: Graph;
  readonly #session: ort.InferenceSession;
  readonly #feeds: BatchFeeds;

  private constructor(net: NetGraph, session: ort.InferenceSession, { slots, input, outputs }: RunnerOptions) {
    this.graph = net.g;
    this.#session = session;
    this.#feeds = new BatchFeeds(net, slots, input, outputs);
    this.loss = tensor([slots]);
    this.probabilities = tensor([slots, outputs]);
  }

  static async open(net: NetGraph, options: RunnerOptions): Promise<Runner> {
    const { threads, deviceId = 0 } = options;
    const session = await (net.g.provider === 'cpu' ? openGraph(net.g, threads) : openOnDevice(net.g, { deviceId }));
    return new Runner(net, session, options);
  }

  async run(part: Part, draw: Draw | null, feeds: Tensors, fetches: Tensors): Promise<void> {
    const { loss, probabilities } = this;
    await this.#session.run({ ...this.#feeds.fill(part, draw), ...feeds }, { loss, probabilities, ...fetches });
  }

  release(): Promise<void> {
    return this.#session.release();
  }
}

/** Compiled graphs by a batch's size. Datasets have one or two short sizes; older ones of more are dropped. */
export class RunnerCache<R extends { release(): Promise<void> } = Runner> {
  readonly #most: number;
  readonly #open: (count: number) => Promise<R>;
  readonly #runners = new Map<number, R>();

  constructor(most: number, open: (count: number) => Promise<R>) {
    this.#most = most;
    this.#open = open;
  }

  async get(count: number): Promise<R> {
    const known = this.#runners.get(count);
    this.#runners.delete(count);
    const runner = known ?? (await this.#open(count));
    this.#runners.set(count, runner);
    if (this.#runners.size > this.#most) {
      const [oldest, dropped] = this.#runners.entries().next().value!;
      this.#runners.delete(oldest);
      await dropped.release();
    }
    return runner;
  }

  async release(): Promise<void> {
    const all = [...this.#runners.values()];
    this.#runners.clear();
    for (const runner of all) await runner.release();
  }
}
