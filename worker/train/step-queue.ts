import type { Batch, BatchResult, PendingResult, Session, StepOptions } from '../engine/engine.ts';

/** A step that was done, with its batch but for the images. */
export interface DoneStep {
  /** Its number: steps done, itself included. */
  step: number;
  options: StepOptions;
  batch: Pick<Batch, 'labels' | 'count'>;
  result: BatchResult;
}

type Submitted = Omit<DoneStep, 'result'> & { pending: PendingResult };

/** Read them all at least so often (ms), for whoever watches. */
const READ_EVERY = 200;

/**
 * Steps that a device works on while the next batches are sent to it. Reading one waits for all that were sent, so they are read in
 * groups: what is trained does not depend on when.
 */
export class StepQueue {
  readonly #session: Session;
  readonly #monotonic: () => number;
  readonly #most: number;
  #submitted: Submitted[] = [];
  #read: number;

  /** @param most steps that may be under way before all are read; 1: each is read before the next */
  constructor(session: Session, monotonic: () => number, most: number) {
    this.#session = session;
    this.#monotonic = monotonic;
    this.#most = most;
    this.#read = monotonic();
  }

  /** @returns the steps that were read, in order; none while a group gathers. The batch's memory may be used again at once. */
  async submit(batch: Batch, step: number, options: StepOptions): Promise<DoneStep[]> {
    const pending = await this.#session.submit(batch, options);
    const labels = this.#most > 1 ? batch.labels.slice() : batch.labels;
    this.#submitted.push({ step, options, batch: { labels, count: batch.count }, pending });
    return this.#submitted.length >= this.#most || this.#monotonic() - this.#read >= READ_EVERY ? this.flush() : [];
  }

  /** Waits for all that were submitted. */
  async flush(): Promise<DoneStep[]> {
    const group = this.#submitted;
    this.#submitted = [];
    const done: DoneStep[] = [];
    for (const { pending, ...rest } of group) done.push({ ...rest, result: await pending.read() });
    this.#read = this.#monotonic();
    return done;
  }
}
