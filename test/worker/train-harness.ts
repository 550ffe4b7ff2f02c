import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RunConfig } from '@tidemark/training/config';
import type { TestReport } from '@tidemark/training/test-report';
import { Feed } from '@tidemark/worker/data/feed';
import { createOnnxEngine } from '@tidemark/worker/engine/onnx/engine';
import type { Assignment, FromTrainer, StopReason } from '@tidemark/worker/messages';
import { Gate } from '@tidemark/worker/train/gate';
import { trainRun } from '@tidemark/worker/train/run';
import { TrainingError } from '@tidemark/worker/training-error';
import { expect } from 'vitest';

type Message<K extends FromTrainer['type']> = Extract<FromTrainer, { type: K }>;

export interface TrainOptions {
  config: Record<string, unknown>;
  /** Folder of the run's own files; one name is one run. */
  name?: string;
  resume?: Assignment['run']['resume'];
  shown?: Record<string, number>;
  threads?: number;
  device?: 'cpu' | 'webgpu';
  checkpointSeconds?: number;
  longCheckpointSeconds?: number;
  /** Asked after each message. */
  stopWhen?: (message: FromTrainer, all: readonly FromTrainer[]) => StopReason | null;
}

/** One attempt of a run as its trainer does it, without a server: what it said, and the files it left. */
async function attempt(folder: string, options: TrainOptions) {
  const { config, name = 'a', resume = null, shown = {}, stopWhen, threads = 1 } = options;
  const own = join(folder, name);
  mkdirSync(join(own, 'out'), { recursive: true });
  const messages: FromTrainer[] = [];
  let ticks = 0;
  const monotonic = () => ++ticks;
  const gate = new Gate(Number.POSITIVE_INFINITY, monotonic);
  const port = {
    now: () => 1e12,
    monotonic,
    send(message: FromTrainer) {
      messages.push(message);
      const stop = stopWhen?.(message, messages);
      if (stop) gate.stop(stop);
    },
  };
  const { checkpointSeconds = 0, longCheckpointSeconds = 1e9 } = options;
  const assignment: Assignment = {
    run: { run: 'r', attempt: 1, name: 'n', ordinal: 1, experiment: 'e', config: RunConfig.parse(config), resume },
    shown,
    server: { url: 'http://127.0.0.1:9', token: undefined, project: undefined },
    folders: { outbox: join(own, 'out'), checkpoints: join(own, 'checkpoints'), cache: join(folder, 'cache') },
    options: {
      dataRoots: [folder],
      threads,
      device: options.device,
      findings: { devices: [], missing: [] },
      deviceSlot: 0,
      checkpointSeconds,
      longCheckpointSeconds,
    },
    deadline: Number.POSITIVE_INFINITY,
  };
  const retry = { sleep: async () => {}, rng: () => 0.5, attempts: 1 };
  const outcome = await trainRun(assignment, { engine: createOnnxEngine(), feed: new Feed(), gate, port, retry });
  const of = <K extends FromTrainer['type']>(type: K) =>
    messages.filter((message): message is Message<K> => message.type === type);
  const artifact = (path: string) => {
    const found = of('artifact').findLast((message) => message.path === path);
    return found ? readFileSync(found.file) : null;
  };
  return { outcome, of, artifact };
}

export type Trained = Awaited<ReturnType<typeof attempt>>;

/** Attempts in a folder of their own. */
export function createTrainer(prefix: string) {
  const folder = mkdtempSync(join(tmpdir(), prefix));
  const train = (options: TrainOptions) => attempt(folder, options);
  const failure = async (options: TrainOptions) => {
    const error = await train(options).then(
      () => null,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(TrainingError);
    return error as TrainingError;
  };
  return { folder, train, failure, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** [step, value] of a metric. */
export const steps = (result: Trained, key: string): [number, number][] =>
  result.of('points').flatMap(({ step, values }): [number, number][] => (key in values ? [[step, values[key]!]] : []));

/** Newest first, as the server lists them. */
export const checkpoints = (result: Trained) =>
  result
    .of('checkpoint')
    .map(({ step, epoch, digest, size }) => ({ step, epoch, digest, size }))
    .reverse();

export const report = (result: Trained) => JSON.parse(result.artifact('test/report.json')!.toString()) as TestReport;
export const lines = (result: Trained) => result.of('line').map(({ text }) => text);
