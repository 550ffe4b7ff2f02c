import type { RunConfig } from '@tidemark/training/config';
import { isMinimised } from '@tidemark/training/monitor';
import { stepsPerEpoch } from '@tidemark/training/split';
import type { Checkpoint, Position, Sums } from '../checkpoint.ts';
import type { Feed } from '../data/feed.ts';
import type { Batch, ModelState, Session } from '../engine/engine.ts';
import type { StopReason } from '../messages.ts';
import { countCorrect } from './accuracy.ts';
import { storeCheckpoint } from './checkpoints.ts';
import type { Gate } from './gate.ts';
import type { Images } from './images.ts';
import { Pace } from './pace.ts';
import type { Port } from './port.ts';

// The epochs of a run. Training stands at a position: optimizer steps done, epochs completed, batches done in the current one, the
// current one's sums, and the best checkpoint so far. A checkpoint is that position with the weights, and everything after
// it is a function of both, so it does not matter when or how often training is interrupted: the same steps follow.
//
// An epoch: its batches from the position's on; then validation; then its points are logged, the position moves to the next
// epoch, and a checkpoint is written. Points go out before the checkpoint that contains them.

export interface LoopOptions {
  config: RunConfig;
  images: Images;
  session: Session;
  feed: Feed;
  gate: Gate;
  port: Port;
  /** Folder for this run's checkpoints. */
  folder: string;
  checkpointSeconds: number;
  longCheckpointSeconds: number;
  /** The step that this attempt's own points begin after. Training may start before it, where the newest checkpoint is corrupt. */
  resumeStep: number;
  /** Last step of each metric that the run shows. */
  shown: Readonly<Record<string, number>>;
  /** Called once, after the first step: what can wait until training is under way. */
  afterFirstStep(): Promise<void>;
  /** Told of each new best, with its weights in the session. */
  onBest(): Promise<void>;
}

const empty = (): Sums => ({ loss: 0, correct: 0, count: 0 });

export const start = (): Position => ({ step: 0, epoch: 0, batch: 0, sums: empty(), best: null });

export class EpochLoop {
  readonly position: Position;
  readonly #options: LoopOptions;
  readonly #stepsPerEpoch: number;
  readonly #pace: Pace;
  #checkpointed: number;
  #stepped = false;

  constructor(position: Position, options: LoopOptions) {
    this.position = position;
    this.#options = options;
    const { spec } = options.images.train;
    this.#stepsPerEpoch = stepsPerEpoch(spec.places.length, spec.batchSize);
    this.#pace = new Pace(options.port.monotonic());
    this.#checkpointed = options.port.monotonic();
  }

  get totalSteps(): number {
    return this.#stepsPerEpoch * this.#options.config.epochs;
  }

  /** @returns why it stopped before the last epoch's end, or null. */
  async run(): Promise<StopReason | null> {
    const { config } = this.#options;
    while (this.position.epoch < config.epochs) {
      const stopped = await this.#epoch();
      if (!stopped) continue;
      if (stopped === 'drain' && this.position.step > this.#options.resumeStep) await this.#checkpoint(['latest']);
      return stopped;
    }
    return null;
  }

  async #epoch(): Promise<StopReason | null> {
    const { position } = this;
    const { feed, port, config, gate, images } = this.#options;
    const epoch = position.epoch;
    this.#pace.begin(port.monotonic());
    feed.takeWaited();
    for await (const batch of feed.batches('train', epoch, position.batch)) {
      const stopped = await gate.pass();
      if (stopped) return stopped;
      await this.#step(batch);
      if (!this.#stepped) await this.#options.afterFirstStep();
      this.#stepped = true;
      if (this.#dueWithinEpoch()) await this.#checkpoint(['latest']);
    }
    const trained = this.#pace.training(port.monotonic(), feed.takeWaited());

    const values: Record<string, number> = {
      loss: position.sums.loss / position.sums.count,
      accuracy: position.sums.correct / position.sums.count,
    };
    if (images.validation) {
      const sums = await this.evaluate('validation', epoch, 'validating');
      if (typeof sums === 'string') return sums;
      values.val_loss = sums.loss / sums.count;
      values.val_accuracy = sums.correct / sums.count;
    }
    // After the evaluation another may have taken the run.
    const stopped = await gate.pass();
    if (stopped) return stopped;
    values.learning_rate = config.optimizer.learning_rate;
    values.epoch = epoch + 1;
    this.points({ ...values, ...trained });
    Object.assign(position, { epoch: epoch + 1, batch: 0, sums: empty() });
    await this.#endOfEpoch(values, this.#pace.end(port.monotonic()));
    return null;
  }

  async #step(batch: Batch): Promise<void> {
    const { session, images, port, config } = this.#options;
    const { position } = this;
    const { loss, probabilities } = await session.step(batch, { learningRate: config.optimizer.learning_rate });
    const correct = countCorrect(probabilities, batch.labels, batch.count, images.outputs);
    position.step++;
    position.batch++;
    position.sums.loss += loss * batch.count;
    position.sums.correct += correct;
    position.sums.count += batch.count;
    this.points({ 'batch/loss': loss, 'batch/accuracy': correct / batch.count });
    this.#pace.step(port.monotonic(), batch.count);
    this.progress('training');
  }

  /** Sums over a whole set, or why it was stopped. */
  async evaluate(
    set: 'validation' | 'test',
    epoch: number,
    phase: 'validating' | 'testing',
    each: (batch: Batch, probabilities: Float32Array) => void = () => {},
  ): Promise<Sums | StopReason> {
    const { feed, session, gate, images } = this.#options;
    const sums = empty();
    for await (const batch of feed.batches(set, epoch)) {
      const stopped = await gate.pass();
      if (stopped) return stopped;
      const { loss, probabilities } = await session.evaluate(batch);
      sums.loss += loss * batch.count;
      sums.correct += countCorrect(probabilities, batch.labels, batch.count, images.outputs);
      sums.count += batch.count;
      each(batch, probabilities);
      this.progress(phase);
    }
    return sums;
  }

  /**
   * Logs at the current step what the run does not show already. It may, up to the resume step: at it, where an attempt ended
   * between its points and the next checkpoint; before it, where the newest checkpoint is corrupt.
   */
  points(values: Record<string, number>): void {
    const { port, resumeStep, shown } = this.#options;
    const { step } = this.position;
    const fresh = Object.entries(values).filter(([key]) => step > resumeStep || (shown[key] ?? -1) < step);
    if (fresh.length > 0) port.send({ type: 'points', step, at: port.now(), values: Object.fromEntries(fresh) });
  }

  progress(phase: 'starting' | 'data' | 'training' | 'validating' | 'testing' | 'uploading' | 'done'): void {
    const { config, port } = this.#options;
    const { step, epoch } = this.position;
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
    const { position } = this;
    const best = this.#improves(values);
    const last = position.epoch === config.epochs;
    const young = port.monotonic() - this.#checkpointed < checkpointSeconds * 1000;
    port.send({ type: 'epoch', epoch: position.epoch, epochs: config.epochs, values, best, seconds });
    if (best) {
      const value = values[config.checkpoint.monitor] ?? Number.NaN;
      position.best = { value, step: position.step, epoch: position.epoch, digest: '' };
      await this.#checkpoint(['best', 'latest'], values);
      await onBest();
    } else if (last || !young) await this.#checkpoint(['latest'], values);
  }

  /** As Keras's ModelCheckpoint: strictly better, or simply newer without `save_best_only`. A NaN is never better. */
  #improves(values: Record<string, number>): boolean {
    const { monitor, mode, save_best_only } = this.#options.config.checkpoint;
    const value = values[monitor];
    if (!save_best_only) return true;
    if (value === undefined || Number.isNaN(value)) return false;
    const { best } = this.position;
    if (!best) return true;
    return isMinimised(monitor, mode) ? value < best.value : value > best.value;
  }

  #dueWithinEpoch(): boolean {
    const { port, longCheckpointSeconds } = this.#options;
    return (
      this.position.batch < this.#stepsPerEpoch && port.monotonic() - this.#checkpointed > longCheckpointSeconds * 1000
    );
  }

  async #checkpoint(kept: ('best' | 'latest')[], values: Record<string, number> = {}): Promise<void> {
    const { session, gate, images, config, folder, port } = this.#options;
    const { position } = this;
    const { tensors } = await session.state();
    // A lease that ran out meanwhile: somebody else may be ahead of us.
    const stopped = await gate.pass();
    if (stopped === 'cancel' || stopped === 'prune') return;
    const checkpoint: Checkpoint = {
      ...structuredClone(position),
      identity: images.fingerprint,
      seed: config.seed,
      tensors,
    };
    const stored = storeCheckpoint(folder, checkpoint);
    if (position.best?.digest === '') position.best.digest = stored.digest;
    this.#checkpointed = port.monotonic();
    const metrics = Object.fromEntries(Object.entries(values).filter(([, value]) => Number.isFinite(value)));
    const epoch = position.epoch + position.batch / this.#stepsPerEpoch;
    port.send({ type: 'checkpoint', ...stored, step: position.step, epoch, kept, metrics });
  }
}

/** The weights of a checkpoint, for a session. */
export const stateOf = ({ step, tensors }: Checkpoint): ModelState => ({ step, tensors });

/** A position's fields of a checkpoint. */
export const positionOf = ({ step, epoch, batch, sums, best }: Checkpoint): Position => ({
  step,
  epoch,
  batch,
  sums,
  best,
});
