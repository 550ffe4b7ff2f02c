import type { RunConfig } from '@tidemark/training/config';
import type { Batch, ModelState } from '../engine/engine.ts';

/** Above it, a learning rate is hardly ever meant. */
const HIGH = 0.01;
/** Losses remembered to tell how it came. */
const REMEMBERED = 50;

/** What is told of a loss that is not finite. */
interface Facts {
  /** What was not finite: `loss`, `val_loss`, `weights`. */
  what: string;
  value: number;
  /** Steps done, the bad one included; and completed epochs. */
  step: number;
  epoch: number;
  learningRate: number;
  /** The batch it came from, where it was one. */
  batch?: Pick<Batch, 'labels' | 'count'>;
}

/** Training cannot go on from here: a loss or the weights are NaN or infinite. */
export class Diverged extends Error {
  override readonly name = 'Diverged';
}

/** Watches the losses of a run for the first that is not finite, and says what may help. */
export class Divergence {
  readonly #config: RunConfig;
  #recent: { step: number; loss: number }[] = [];

  constructor(config: RunConfig) {
    this.#config = config;
  }

  /** @throws Diverged when the value is NaN or infinite */
  check(facts: Facts): void {
    if (!Number.isFinite(facts.value)) throw new Diverged(this.#message(facts));
    if (facts.what !== 'loss') return;
    this.#recent.push({ step: facts.step, loss: facts.value });
    if (this.#recent.length > REMEMBERED) this.#recent.shift();
  }

  /** @throws Diverged when a weight is NaN or infinite, so that no checkpoint holds one */
  checkWeights({ step, tensors }: ModelState, epoch: number, learningRate: number): void {
    for (const { data } of Object.values(tensors)) {
      for (let i = 0; i < data.length; i++) {
        if (Number.isFinite(data[i])) continue;
        throw new Diverged(this.#message({ what: 'weights', value: data[i]!, step, epoch, learningRate }));
      }
    }
  }

  #message(facts: Facts): string {
    const { what, value, step, epoch, learningRate } = facts;
    const last = this.#recent.at(-1);
    const is =
      what === 'weights' ? `Weights are ${value}` : `The ${what === 'loss' ? 'loss' : `\`${what}\``} is ${value}`;
    const before = last
      ? `The last finite loss was ${figure(last.loss)}, at step ${last.step}, with a learning rate of ${figure(learningRate)}.`
      : `The learning rate was ${figure(learningRate)}.`;
    return `${is} at step ${step} (epoch ${epoch + 1}). ${before} ${this.#hint(facts)}`;
  }

  #hint({ batch, learningRate }: Facts): string {
    const { optimizer, rescale, data } = this.#config;
    const clips = [optimizer.clipnorm, optimizer.clipvalue, optimizer.global_clipnorm].some(Boolean);
    const outputs = batch ? batch.labels.length / data.batch_size : 0;
    if (batch && !batch.labels.subarray(0, batch.count * outputs).every(Number.isFinite)) {
      return 'A label of this batch is not a number: look at the labels file.';
    }
    const losses = this.#recent.map(({ loss }) => Math.abs(loss));
    const grown = losses.length > 1 && losses.at(-1)! > 4 * Math.min(...losses);
    if (rescale > 0.5 && losses.length < REMEMBERED && !grown) {
      return 'Pixels reach the model as values up to 255: leave `rescale` at 1/255.';
    }
    if (grown || losses.length < 10) {
      const from = grown ? `The loss had grown from ${figure(Math.min(...losses))}: lower` : 'Lower';
      return `${from} \`optimizer.learning_rate\` (for example to ${figure(Math.min(learningRate / 10, HIGH))})${clips ? '' : ', or clip gradients with `optimizer.global_clipnorm: 1`'}.`;
    }
    return clips
      ? 'It came at once in spite of clipped gradients: lower `optimizer.learning_rate` or the clipping norm, or look at the images of this step.'
      : 'It came at once: clip gradients with `optimizer.global_clipnorm: 1`, or lower `optimizer.learning_rate`.';
  }
}

const figure = (value: number): string => String(Number(value.toPrecision(3)));
