import { existsSync, rmSync } from 'node:fs';
import { saveEnvironment } from '@tidemark/api/contract/environment';
import { heartbeat, type Kept, leaseCheckpoint, leaseFinish, leaseLog, release } from '@tidemark/api/contract/leases';
import { saveMedia } from '@tidemark/api/contract/media';
import type { LiveReply } from '@tidemark/api/contract/metrics';
import type { RunStatus } from '@tidemark/api/contract/runs';
import { type Client, withRetry } from '@tidemark/client';
import type { PartsSource } from '@tidemark/client/node/artifacts/send-parts';
import { uploadBlob } from '@tidemark/client/node/artifacts/upload-blob';
import type { Clock } from './clock.ts';
import { joinRecords } from './join-records.ts';
import type { Lease } from './lease.ts';
import type { Outbox } from './outbox.ts';
import { sendArtifact } from './send-artifact.ts';
import type { Spool } from './spool.ts';
import type { ArtifactUpload, CheckpointUpload, EnvironmentUpload, MediaUpload, Upload } from './spool-record.ts';
import { verdict } from './verdict.ts';

// Everything one attempt sends. Two lanes run side by side. The log lane sends what the spool holds, in order, every
// `nextSeconds`, or a heartbeat when there is nothing; its replies renew the lease. The upload lane sends files; a checkpoint
// counts only once the server has every metric before it, so it hurries the log lane and waits. A call without an answer, or
// one that the server cannot take now, is repeated for as long as it takes, with full jitter up to 30 s. What ends both lanes at
// once is the server's word that the attempt is no longer ours, or that a call is wrong.

/** Bytes of spool records in one call. */
const MOST_BYTES = 1 << 20;
/** Between two calls that only look, at least. */
const LOOK_MS = 2000;

/** The attempt can no longer be written. */
export class Abandoned extends Error {
  override readonly name = 'Abandoned';
  readonly kind: 'stale' | 'refused';

  constructor(kind: 'stale' | 'refused', message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

export interface DeliveryOptions {
  client: Client;
  clock: Clock;
  spool: Spool;
  outbox: Outbox;
  lease: Lease;
  onReply(reply: LiveReply): void;
  /** The server does not answer, or does again. */
  onAway(away: boolean, error: unknown): void;
}

export class Delivery {
  readonly #options: DeliveryOptions;
  readonly #abort = new AbortController();
  #wake: (() => void)[] = [];
  /** Something waits to be sent. */
  #hurry = false;
  /** Something waits for an answer. */
  #ask = false;
  #away = false;
  #sentAt = 0;
  #looking = false;
  readonly #kept = new Map<Kept, string>();
  #closed = false;
  /** Rejects when the attempt is lost. */
  readonly failed: Promise<never>;
  #fail: (error: unknown) => void = () => {};

  constructor(options: DeliveryOptions) {
    this.#options = options;
    this.failed = new Promise((_, reject) => {
      this.#fail = (error) => {
        this.#abort.abort(error);
        this.#changed();
        reject(error);
      };
    });
    this.failed.catch(() => {});
    void this.#logLane().catch((error) => this.#fail(error));
    void this.#uploadLane().catch((error) => this.#fail(error));
  }

  /** Sends what there is now instead of at the next interval. */
  hurry(): void {
    this.#hurry = true;
    this.#changed();
  }

  /** Something may have changed at the server: asks soon, but not more often than every few seconds. */
  look(): void {
    const { clock } = this.#options;
    if (this.#looking) return;
    this.#looking = true;
    const look = () => {
      this.#looking = false;
      this.#ask = true;
      this.hurry();
    };
    clock.sleep(Math.max(0, this.#sentAt + LOOK_MS - clock.monotonic()), this.#abort.signal).then(look, () => {});
  }

  /** Something was added to the spool's uploads. */
  uploadsAdded(): void {
    this.#changed();
  }

  /** Resolves when the server has everything that the spool and the outbox hold. */
  async drained(): Promise<void> {
    const { spool, outbox } = this.#options;
    this.hurry();
    await this.#until(() => {
      if (!outbox.empty || spool.acked < spool.lastSeq) this.#hurry = true;
      return outbox.empty && spool.acked >= spool.lastSeq && spool.uploads.length === 0;
    });
  }

  async finish(): Promise<RunStatus> {
    const { spool, client } = this.#options;
    const { outcome, error } = spool.finish!;
    const body = { ...this.#holder, finalSeq: spool.lastSeq, outcome, ...(error ? { error } : {}) };
    const reply = await this.#call(() => client.call(leaseFinish, { params: this.#params, body }, this.#cancellable));
    return reply.status;
  }

  async release(): Promise<RunStatus> {
    const { client } = this.#options;
    const reply = await this.#call(() =>
      client.call(release, { params: this.#params, body: this.#holder }, this.#cancellable),
    );
    return reply.status;
  }

  /** Ends both lanes; nothing is sent any more. */
  close(): void {
    this.#closed = true;
    this.#abort.abort(new Error('closed'));
    this.#changed();
  }

  get #params() {
    return { run: this.#options.spool.opening.run };
  }

  get #cancellable() {
    return { signal: this.#abort.signal };
  }

  get #holder() {
    const { attempt, token } = this.#options.spool.opening;
    return { attempt, token };
  }

  async #logLane(): Promise<void> {
    const { clock, lease } = this.#options;
    this.#sentAt = clock.monotonic();
    while (!this.#closed) {
      const due = this.#sentAt + lease.intervalMs;
      await this.#pause(due);
      const ask = this.#ask || clock.monotonic() >= due;
      this.#hurry = false;
      this.#ask = false;
      while (!this.#closed && (await this.#sendLogs(ask))) this.#changed();
      this.#changed();
    }
  }

  /** @param ask even when there is nothing to send @returns whether there is more to send at once. */
  async #sendLogs(ask: boolean): Promise<boolean> {
    const { spool, outbox, client, clock } = this.#options;
    outbox.flush();
    const records = spool.logs(MOST_BYTES);
    if (records.length === 0 && !ask) return false;
    this.#sentAt = clock.monotonic();
    if (records.length === 0) {
      const progress = outbox.takeProgress();
      const body = { ...this.#holder, ...(progress ? { progress } : {}) };
      await this.#renewing(() => client.call(heartbeat, { params: this.#params, body }, this.#cancellable));
      return false;
    }
    const numbers = { firstSeq: records[0]!.seq, lastSeq: records.at(-1)!.seq };
    const body = { ...this.#holder, ...numbers, ...joinRecords(records.map((record) => record.body)) };
    try {
      await this.#renewing(() => client.call(leaseLog, { params: this.#params, body }, this.#cancellable));
    } catch (error) {
      if (verdict(error) !== 'pending') throw error;
      await this.#findPlace(error);
    }
    return spool.acked < spool.lastSeq;
  }

  /** The server counts otherwise than the spool: its word decides, unless it lost what it had acknowledged. */
  async #findPlace(cause: unknown): Promise<void> {
    const { spool, client } = this.#options;
    const before = spool.acked;
    const { ackedSeq } = await this.#renewing(() =>
      client.call(heartbeat, { params: this.#params, body: this.#holder }, this.#cancellable),
    );
    if (spool.acked === before) {
      throw new Abandoned(
        'refused',
        `The server has metrics through ${ackedSeq}, but through ${before} was acknowledged.`,
        {
          cause,
        },
      );
    }
  }

  async #renewing(operation: () => Promise<LiveReply>): Promise<LiveReply> {
    const { clock, lease, spool, onReply } = this.#options;
    const reply = await this.#call(async () => {
      const sentAt = clock.monotonic();
      const answer = await operation();
      lease.renew(sentAt, answer);
      return answer;
    });
    spool.ackThrough(reply.ackedSeq);
    onReply(reply);
    return reply;
  }

  async #uploadLane(): Promise<void> {
    const { spool } = this.#options;
    while (!this.#closed) {
      await this.#until(() => this.#closed || spool.uploads.length > 0);
      const [upload] = spool.uploads;
      if (!upload || this.#closed) continue;
      if ('file' in upload && (!existsSync(upload.file) || superseded(upload, spool.uploads)))
        this.#done(upload, false);
      else if (upload.type === 'checkpoint') await this.#sendCheckpoint(upload);
      else if (upload.type === 'artifact') await this.#sendArtifact(upload);
      else await this.#sendRecord(upload);
      this.#changed();
    }
  }

  /**
   * Drops an upload, and files that nobody needs any more: of checkpoints the newest sent as best and as latest stay, for a
   * next attempt on this machine.
   */
  #done(upload: Upload, sent: boolean): void {
    const { spool } = this.#options;
    spool.done(upload.id);
    const old = 'file' in upload ? [upload.file] : [];
    if (upload.type === 'checkpoint' && sent) {
      for (const why of upload.kept) {
        const before = this.#kept.get(why);
        if (before) old.push(before);
        this.#kept.set(why, upload.file);
      }
    }
    const needed = new Set([
      ...this.#kept.values(),
      ...spool.uploads.flatMap((one) => ('file' in one ? one.file : [])),
    ]);
    for (const file of old) if (!needed.has(file)) rmSync(file, { force: true });
  }

  async #sendCheckpoint(upload: CheckpointUpload): Promise<void> {
    const { client, spool } = this.#options;
    const { file, step, epoch, digest, size, kept, metrics, throughSeq } = upload;
    await this.#judged(() => uploadBlob(client, { file, digest, size, ...this.#sending }));
    const body = { ...this.#holder, throughSeq, step, epoch, digest, size, kept, metrics };
    for (;;) {
      if (spool.acked < throughSeq) this.hurry();
      await this.#until(() => spool.acked >= throughSeq);
      try {
        await this.#renewing(() => client.call(leaseCheckpoint, { params: this.#params, body }, this.#cancellable));
        break;
      } catch (error) {
        if (verdict(error) !== 'pending') throw error;
        await this.#findPlace(error);
      }
    }
    this.#done(upload, true);
  }

  async #sendArtifact(upload: ArtifactUpload): Promise<void> {
    const { client, spool } = this.#options;
    const { run, attempt, token } = spool.opening;
    await this.#judged(() => sendArtifact(client, { run, lease: `${attempt}.${token}` }, upload, this.#sending));
    this.#done(upload, true);
  }

  /** What a run keeps beside its points. An older server does not know it, and it is not worth a run. */
  async #sendRecord(upload: MediaUpload | EnvironmentUpload): Promise<void> {
    const { client, spool } = this.#options;
    const { run: id, attempt, token } = spool.opening;
    const options = { ...this.#cancellable, headers: { 'tidemark-lease': `${attempt}.${token}` } };
    const send = () =>
      upload.type === 'media'
        ? client.call(saveMedia, { params: { id }, body: { items: upload.items } }, options)
        : client.call(saveEnvironment, { params: { id }, body: upload.environment }, options);
    try {
      await this.#call<unknown>(send);
    } catch (error) {
      if (!(error instanceof Abandoned) || error.kind !== 'refused') throw error;
    }
    this.#done(upload, true);
  }

  get #sending(): Pick<PartsSource, 'signal' | 'again'> {
    return { signal: this.#abort.signal, again: (call) => this.#again(call) };
  }

  #call<T>(operation: () => Promise<T>): Promise<T> {
    return this.#judged(() => this.#again(operation));
  }

  /** For as long as it takes. Throws the failure that is not worth another try, as it was. */
  async #again<T>(operation: () => Promise<T>): Promise<T> {
    const { clock } = this.#options;
    const value = await withRetry(operation, {
      sleep: (ms, signal) => clock.sleep(ms, signal),
      rng: clock.random,
      signal: this.#abort.signal,
      classify: (error) => (verdict(error) === 'retry' ? 'retry' : 'fail'),
      onRetry: (error) => this.#answers(false, error),
    });
    this.#answers(true, null);
    return value;
  }

  /** What a failure means for the attempt. */
  async #judged<T>(operation: () => Promise<T>): Promise<T> {
    try {
      return await operation();
    } catch (error) {
      const what = verdict(error);
      const message = error instanceof Error ? error.message : String(error);
      if (what === 'stale') throw new Abandoned('stale', message, { cause: error });
      if (what === 'refused' && !this.#abort.signal.aborted) throw new Abandoned('refused', message, { cause: error });
      throw error;
    }
  }

  #answers(answers: boolean, error: unknown): void {
    if (this.#away === !answers) return;
    this.#away = !answers;
    this.#options.onAway(this.#away, error);
  }

  /** Waits until a moment of the monotonic clock, or until something is urgent. */
  async #pause(until: number): Promise<void> {
    const { clock } = this.#options;
    const timer = new AbortController();
    let over = false;
    const time = clock.sleep(Math.max(0, until - clock.monotonic()), timer.signal).then(
      () => {
        over = true;
      },
      () => {},
    );
    while (!over && !this.#hurry && !this.#abort.signal.aborted) {
      await Promise.race([time, new Promise<void>((resolve) => this.#wake.push(resolve))]);
    }
    timer.abort();
  }

  async #until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      if (!this.#closed) this.#abort.signal.throwIfAborted();
      await new Promise<void>((resolve) => this.#wake.push(resolve));
    }
  }

  #changed(): void {
    for (const resolve of this.#wake.splice(0)) resolve();
  }
}

/** Whether what an upload would be kept for is kept for a newer one already: then it need not travel. */
function superseded(upload: ArtifactUpload | CheckpointUpload, all: readonly Upload[]): boolean {
  const later = all.filter(({ id }) => id > upload.id);
  if (upload.type === 'artifact') return later.some((other) => other.type === 'artifact' && other.path === upload.path);
  // What the run's own rules want is no copy of anything later.
  if (upload.kept.includes('policy')) return false;
  return upload.kept.every((why) => later.some((other) => other.type === 'checkpoint' && other.kept.includes(why)));
}
