import type { Kept } from '@tidemark/api/contract/leases';
import type { RunConfig } from '@tidemark/training/config';
import type { Checkpoint, Position } from '../checkpoint.ts';
import type { ModelState } from '../engine/engine.ts';
import { storeCheckpoint } from './checkpoints.ts';
import type { Port } from './port.ts';

interface WriterOptions {
  config: RunConfig;
  port: Port;
  /** Folder for this run's checkpoints. */
  folder: string;
  /** Of the images. */
  fingerprint: string;
  stepsPerEpoch: number;
  /** Digest of the checkpoint that training goes on from. */
  last: string | null;
}

/** Writes checkpoints and tells the supervisor. */
export class CheckpointWriter {
  readonly #options: WriterOptions;
  #last: string | null;
  #at: number;

  constructor(options: WriterOptions) {
    this.#options = options;
    this.#last = options.last;
    this.#at = options.port.monotonic();
  }

  /** Digest of the newest checkpoint of this run; null before the first. */
  get last(): string | null {
    return this.#last;
  }

  /** Whether the last one is at least so old. */
  olderThan(seconds: number): boolean {
    return this.#options.port.monotonic() - this.#at >= seconds * 1000;
  }

  /** @returns its digest. A best without a digest in the position is this checkpoint itself. */
  write(
    position: Position,
    tensors: ModelState['tensors'],
    kept: Kept[],
    values: Readonly<Record<string, number>> = {},
  ): string {
    const { config, port, folder, fingerprint, stepsPerEpoch } = this.#options;
    const checkpoint: Checkpoint = { ...position, identity: fingerprint, seed: config.seed, tensors };
    const stored = storeCheckpoint(folder, checkpoint);
    this.#last = stored.digest;
    this.#at = port.monotonic();
    const metrics = Object.fromEntries(Object.entries(values).filter(([, value]) => Number.isFinite(value)));
    const epoch = position.epoch + position.batch / stepsPerEpoch;
    port.send({ type: 'checkpoint', ...stored, step: position.step, epoch, kept, metrics });
    return stored.digest;
  }
}
