import type { Kept } from '@tidemark/api/contract/leases';
import type { RunConfig } from '@tidemark/training/config';
import { type Stage, stageAt, stagesOf } from '@tidemark/training/init/stages';
import { learningRateAt } from '@tidemark/training/schedule/learning-rate';
import { stepsPerEpoch } from '@tidemark/training/split';
import type { Position } from '../checkpoint.ts';
import type { Batch, BatchResult, Session } from '../engine/engine.ts';
import type { StopReason } from '../messages.ts';
import { afterEpoch, isBest, isChosen } from './after-epoch.ts';
import type { BatchSource } from './batch-source.ts';
import { readCheckpoint } from './checkpoints.ts';
import { Diverged, Divergence } from './divergence.ts';
import { figureMedia } from './figure-media.ts';
import type { Gate } from './gate.ts';
import { goBack } from './go-back.ts';
import type { Images } from './images.ts';
import { Measures } from './measures.ts';
import { Pace } from './pace.ts';
import { Points } from './points.ts';
import { line, type Port } from './port.ts';
import { type DoneStep, StepQueue } from './step-queue.ts';
import type { Tally } from './tally.ts';
import type { TestFigures } from './test-figures.ts';
import { CheckpointWriter } from './writer.ts';

// The epochs of a run. Training stands at a position: optimizer steps done, epochs completed, batches done in the current one, the
// current one's sums, the best checkpoint so far, and what the callbacks remember. A checkpoint is that position with the weights,
// and everything after it is a function of both, so it does not matter when or how often training is interrupted: the same steps
// follow.
//
// An epoch: its batches from the position's on; then validation; then its points are logged, the position moves to the next
// epoch, and a checkpoint is written. Points go out before the checkpoint that contains them.
//
// A loss that is not finite ends the run, or sends it back: the last checkpoint is written once more, with one rollback more in it,
// and the attempt ends. The next one starts from there, and the server hides what this one logged after it: the history stays one
// lineage, by the same rules as for any other interruption.

export interface LoopOptions {
  config: RunConfig;
  images: Images;
  session: Session;
  feed: BatchSource;
  gate: Gate;
  port: Port;
  /** Folder for this run's checkpoints. */
  folder: string;
  /** A checkpoint's bytes by digest, where this machine has not got them. */
  fetch(digest: string): Promise<Uint8Array>;
  /** Digest of the checkpoint that training goes on from; null at the start. */
  resumedFrom: string | null;
  checkpointSeconds: number;
  longCheckpointSeconds: number;
  /** The step that this attempt's own points begin after. Training may start before it, where the newest checkpoint is corrupt. */
  resumeStep: number;
  /** Last step of each metric that the run shows. */
  shown: Readonly<Record<string, number>>;
  /** Called before each epoch, and when training goes on within one. */
  beforeEpoch(epoch: number): Promise<void>;
  /** Called once, after the first step: what can wait until training is under way. */
  afterFirstStep(): Promise<void>;
  /** Told of each new best, with its weights in the session. */
  onBest(): Promise<void>;
}

export class EpochLoop {
  readonly #options: LoopOptions;
  readonly #stepsPerEpoch: number;
  readonly #stages: readonly Stage[];
  readonly #pace: Pace;
  readonly #writer: CheckpointWriter;
  readonly #points: Points;
  readonly #divergence: Divergence;
  readonly #measures: Measures;
  readonly #queue: StepQueue;
  readonly #position: Position;
  #tally: Tally;
  #stepped = false;
  /** Of the last validation. */
  #figures: TestFigures | null = null;

  constructor(position: Position, options: LoopOptions) {
    const { images, config, port, folder, resumeStep, shown, resumedFrom, session } = options;
    const { spec } = images.train;
    this.#position = position;
    this.#options = options;
    this.#stepsPerEpoch = stepsPerEpoch(spec.places.length, spec.batchSize);
    this.#stages = stagesOf(config, []);
    this.#measures = new Measures(config, images);
    this.#tally = this.#measures.tally(position.sums);
    this.#pace = new Pace(port.monotonic());
    this.#points = new Points(port, resumeStep, shown);
    this.#divergence = new Divergence(config);
    this.#queue = new StepQueue(session, port.monotonic, session.device.kind === 'webgpu' ? 8 : 1);
    const last = resumedFrom;
    const { fingerprint } = images;
    const perEpoch = this.#stepsPerEpoch;
    this.#writer = new CheckpointWriter({ config, port, folder, fingerprint, stepsPerEpoch: perEpoch, last });
  }

  get position(): Position {
    return this.#position;
  }

  get totalSteps(): number {
    return this.#stepsPerEpoch * this.#options.config.epochs;
  }

  /** @returns why it stopped before the last epoch's end (`rollback`: to go on from an earlier checkpoint), or null. */
  async run(): Promise<StopReason | 'rollback' | null> {
    const { config, resumeStep } = this.#options;
    const { callbacks } = this.#position;
    try {
      if (config.nan_policy.action === 'rollback' && !this.#writer.last) await this.#checkpoint(['latest']);
      while (this.#position.epoch < config.epochs && callbacks.stopped === null) {
        const stopped = await this.#epoch();
        if (!stopped) continue;
        if (stopped === 'drain' && this.#position.step > resumeStep) await this.#checkpoint(['latest']);
        return stopped;
      }
      return await this.#restoreBest();
    } catch (error) {
      if (!(error instanceof Diverged)) throw error;
      return goBack(error.message, this.#position, this.#writer, this.#options);
    }
  }

  async #epoch(): Promise<StopReason | null> {
    const position = this.#position;
    const { feed, port, gate, images } = this.#options;
    const epoch = position.epoch;
    await this.#options.beforeEpoch(epoch);
    this.#pace.begin(port.monotonic());
    feed.takeWaited();
    for await (const batch of feed.batches('train', epoch, position.batch)) {
      const stopped = await gate.pass();
      if (stopped) {
        this.#record(await this.#queue.flush());
        return stopped;
      }
      await this.#step(batch);
      if (!this.#stepped) await this.#options.afterFirstStep();
      this.#stepped = true;
      if (this.#dueWithinEpoch()) await this.#checkpoint(['latest']);
    }
    this.#record(await this.#queue.flush());
    const trained = this.#pace.training(port.monotonic(), feed.takeWaited());

    const values = this.#tally.values();
    if (images.validation) {
      this.#figures = this.#measures.figures();
      const tally = await this.evaluate('validation', epoch, 'validating', ({ labels, count }, { probabilities }) =>
        this.#figures?.add({ outputs: probabilities, labels, count }),
      );
      if (typeof tally === 'string') return tally;
      Object.assign(values, tally.values('val_'));
    }
    // After the evaluation another may have taken the run.
    const stopped = await gate.pass();
    if (stopped) return stopped;
    const learningRate = this.#learningRate(position.step - 1);
    values.learning_rate = learningRate;
    values.epoch = epoch + 1;
    if (position.callbacks.rollbacks > 0) values.rollbacks = position.callbacks.rollbacks;
    this.points({ ...values, ...trained });
    const value = values.val_loss ?? values.loss!;
    this.#divergence.check({ what: 'val_loss', value, step: position.step, epoch, learningRate });
    Object.assign(position, { epoch: epoch + 1, batch: 0 });
    this.#tally = this.#measures.tally();
    await this.#endOfEpoch(values, this.#pace.end(port.monotonic()));
    return null;
  }

  async #step(batch: Batch): Promise<void> {
    const position = this.#position;
    const learningRate = this.#learningRate(position.step);
    const done = await this.#queue.submit(batch, position.step + 1, { learningRate });
    position.step++;
    position.batch++;
    this.#record(done);
  }

  /** Takes what steps came to into the epoch's sums, and logs it. */
  #record(done: readonly DoneStep[]): void {
    const { port } = this.#options;
    const { epoch } = this.#position;
    for (const { step, options, batch, result } of done) {
      const { learningRate } = options;
      this.#tally.add(batch, result);
      this.#points.log(step, this.#measures.batch(batch, result, learningRate));
      this.#divergence.check({ what: 'loss', value: result.loss, step, epoch, learningRate, batch });
      this.#pace.step(port.monotonic(), batch.count);
    }
    if (done.length > 0) this.progress('training');
  }

  /** Of the step after `step` others. */
  #learningRate(step: number): number {
    const { callbacks, epoch } = this.#position;
    const { learningRate, rateFrom, rateEnd } = stageAt(this.#stages, epoch);
    const stepsPerEpoch = this.#stepsPerEpoch;
    const span = { stepsPerEpoch, totalSteps: (rateEnd - rateFrom) * stepsPerEpoch };
    const rate = learningRateAt(learningRate, step - rateFrom * stepsPerEpoch, span, callbacks.plateau);
    return rate * this.#options.config.nan_policy.factor ** callbacks.rollbacks;
  }

  /** Figures over a whole set, of the averaged weights where the run keeps them; or why it was stopped. */
  async evaluate(
    set: 'validation' | 'test',
    epoch: number,
    phase: 'validating' | 'testing',
    each: (batch: Batch, result: BatchResult) => void = () => {},
  ): Promise<Tally | StopReason> {
    const { feed, session, gate, config } = this.#options;
    const tally = this.#measures.tally();
    for await (const batch of feed.batches(set, epoch)) {
      const stopped = await gate.pass();
      if (stopped) return stopped;
      const result = await session.evaluate(batch, { ema: config.optimizer.use_ema });
      tally.add(batch, result);
      each(batch, result);
      this.progress(phase);
    }
    return tally;
  }

  /** Logs at the current step. */
  points(values: Record<string, number>): void {
    this.#points.log(this.#position.step, values);
  }

  /** Figures of the last evaluation at the current step. Sent before a checkpoint of it, they are there whenever it is. */
  media(prefix: string, figures: TestFigures | null = this.#figures): void {
    const { port } = this.#options;
    const items = figures ? figureMedia(prefix, figures, { step: this.#position.step, time: port.now() }) : [];
    if (items.length > 0) port.send({ type: 'media', items });
  }

  progress(phase: 'starting' | 'data' | 'training' | 'validating' | 'testing' | 'uploading' | 'done'): void {
    const { config, port } = this.#options;
    const { step, epoch } = this.#position;
    port.send({
      type: 'progress',
      progress: {
        epoch,
        epochs: config.epochs,
        step,
        steps: this.totalSteps,
        phase,
        ...this.#pace.estimate(this.totalSteps - step, config.epochs - epoch),
      },
    });
  }

  async #endOfEpoch(values: Record<string, number>, seconds: number): Promise<void> {
    const { config, port, checkpointSeconds, onBest } = this.#options;
    const position = this.#position;
    const best = isBest(config.checkpoint, position.best, values);
    const { plateau } = position.callbacks;
    Object.assign(position.callbacks, afterEpoch(config, position.callbacks, position.epoch, values));
    const { stopped } = position.callbacks;
    port.send({ type: 'epoch', epoch: position.epoch, epochs: config.epochs, values, best, seconds });
    if (plateau && plateau.rate !== position.callbacks.plateau?.rate) {
      line(port, 'info', `No more improvement: the learning rate is now ${this.#learningRate(position.step)}`);
    }
    if (stopped !== null) this.#tellStop();
    const chosen = isChosen(config.checkpoint, position.epoch);
    if (best) {
      const value = values[config.checkpoint.monitor] ?? Number.NaN;
      position.best = { value, step: position.step, epoch: position.epoch, digest: '' };
      this.media('val');
      await this.#checkpoint(chosen ? ['best', 'latest', 'policy'] : ['best', 'latest'], values);
      await onBest();
    } else if (chosen) await this.#checkpoint(['latest', 'policy'], values);
    else if (position.epoch === config.epochs || stopped !== null || this.#writer.olderThan(checkpointSeconds)) {
      await this.#checkpoint(['latest'], values);
    }
  }

  #tellStop(): void {
    const { config, port } = this.#options;
    const { stopping, stopped } = this.#position.callbacks;
    const { monitor } = config.early_stopping!;
    const since = stopping?.bestEpoch
      ? `has not improved since epoch ${stopping.bestEpoch} (${stopping.best})`
      : 'has not improved';
    line(port, 'info', `Early stopping after epoch ${stopped}: ${monitor} ${since}`);
  }

  #dueWithinEpoch(): boolean {
    return this.#position.batch < this.#stepsPerEpoch && this.#writer.olderThan(this.#options.longCheckpointSeconds);
  }

  async #checkpoint(kept: Kept[], values: Record<string, number> = {}): Promise<void> {
    const { session, gate } = this.#options;
    const position = this.#position;
    this.#record(await this.#queue.flush());
    const state = await session.state();
    this.#divergence.checkWeights(state, position.epoch, this.#learningRate(Math.max(0, position.step - 1)));
    // A lease that ran out meanwhile: somebody else may be ahead of us.
    const stopped = await gate.pass();
    if (stopped === 'cancel' || stopped === 'prune') return;
    position.sums = this.#tally.sums();
    const digest = this.#writer.write(position, state.tensors, kept, values);
    if (position.best?.digest === '') position.best.digest = digest;
  }

  /** As Keras's `restore_best_weights`: the last checkpoint has the best epoch's weights. */
  async #restoreBest(): Promise<StopReason | null> {
    const { config, folder, fetch, session, gate } = this.#options;
    const { best, step } = this.#position;
    if (!config.early_stopping?.restore_best_weights || !best || best.step === step) return null;
    const { tensors } = await readCheckpoint(folder, best.digest, fetch);
    await session.load({ step, tensors });
    const stopped = await gate.pass();
    if (!stopped) await this.#checkpoint(['latest']);
    return stopped;
  }
}
