import { logRun } from '@tidemark/api/contract/metrics';
import { createRun, finishRun, type Run } from '@tidemark/api/contract/runs';
import type { Client } from '../call.ts';
import { ApiError } from '../errors.ts';
import { type RetryOptions, retryClass, retryDelay } from '../retry.ts';
import type { Journal } from './journal.ts';
import type { Upload } from './record.ts';
import { sendUpload } from './send-upload.ts';

// Moves a journal to the server: create the run, then its records in order, then its end. After a failed call the server may or may
// not have taken it, so the very same call is repeated until it is answered: the sequence numbers make that harmless. A journal of
// a process that died starts with one record alone, since how far its last call came is unknown, and goes on from the answer.
// A server that gave the run up as lost, because it heard nothing for too long, opens it again when it is created again: then
// there is a new attempt, which goes on where the server was.

export type Outcome =
  /** All records so far, and the end if there was one, are acknowledged. */
  | { state: 'sent' }
  /** The server is away; the same again later may succeed. */
  | { state: 'away'; error: Error; waitMs: number }
  /** It will never be taken: another attempt goes on, the run was ended or deleted, or the request is wrong. */
  | { state: 'refused'; error: Error };

const MAX_CALL_BYTES = 256 * 1024;
/** Says that this run is kept alive by calls, so that the server may count its silence as an end. */
const KEPT_ALIVE = { 'tidemark-keepalive': 'yes' };

export class Sender {
  /** Seconds between calls, by the server's wish. */
  nextSeconds = 5;
  /** Seconds after which a silent run counts as lost. */
  leaseSeconds = 60;
  cancelled = false;
  /** The run as the server last told it whole. */
  run: Run | null = null;
  /** Told after each call that took some. */
  onProgress: (() => void) | undefined;
  /** Told when a record was left out because the server refused it. */
  onDrop: ((error: ApiError) => void) | undefined;
  /** The end is acknowledged: nothing is left to do. */
  ended = false;
  readonly #client: Client;
  readonly #journal: Journal;
  readonly #retry: Pick<RetryOptions, 'rng' | 'baseMs' | 'capMs'>;
  #failures = 0;
  #inFlight: { firstSeq: number; lastSeq: number } | null = null;
  /** The server refused several records together: the next call carries one. */
  #single = false;
  /** How far the server is, is known. */
  #certain = false;

  constructor(client: Client, journal: Journal, retry: Pick<RetryOptions, 'rng' | 'baseMs' | 'capMs'>) {
    this.#client = client;
    this.#journal = journal;
    this.#retry = retry;
  }

  /** Sends what the journal holds. Never throws. One call of it at a time. */
  async send(): Promise<Outcome> {
    try {
      if (!this.#journal.session) await this.#create();
      await this.#sendAll().catch(async (error: unknown) => {
        if (!(error instanceof ApiError) || error.code !== 'stale_attempt') throw error;
        const before = this.#session().attempt;
        // What stands in the way is told by the first error, whatever this call says.
        await this.#create().catch((second: unknown) => {
          throw retryClass(second) === 'retry' ? second : error;
        });
        if (this.#session().attempt === before) throw error;
        await this.#sendAll();
      });
      this.#failures = 0;
      return { state: 'sent' };
    } catch (thrown) {
      const error = thrown instanceof Error ? thrown : new Error(String(thrown));
      // A token that is missing or expired can be put right, and then the journal is still worth sending.
      const fixable = error instanceof ApiError && (error.code === 'unauthorized' || error.code === 'forbidden');
      if (retryClass(error) !== 'retry' && !fixable) return { state: 'refused', error };
      this.#failures++;
      return { state: 'away', error, waitMs: retryDelay(error, this.#failures, this.#retry) };
    }
  }

  /** Says that the run is alive without a point; only where everything is acknowledged. */
  async touch(): Promise<Outcome> {
    if (this.#journal.complete) this.#journal.log({ series: [] });
    return this.send();
  }

  async #sendAll(): Promise<void> {
    while (!this.#journal.complete) await this.#logOrDrop();
    if (this.#journal.ending && !this.ended) await this.#end();
  }

  async #create(): Promise<void> {
    const body = this.#journal.opening.create;
    const { session, ...run } = await this.#client.call(createRun, { body }, { headers: KEPT_ALIVE });
    if (!session) {
      throw new ApiError({
        code: 'conflict',
        status: 409,
        message: `The server has run ${run.id} already, and it has ended: ${run.status}.`,
      });
    }
    this.run = run;
    this.nextSeconds = session.nextSeconds;
    this.#inFlight = null;
    this.#journal.begin(session);
    this.#certain = true;
  }

  /**
   * A record that the server will never take (a key too many, say) must not cost the run its other points: records are then sent one
   * by one, and the one refused goes out empty, because its number has to.
   */
  async #logOrDrop(): Promise<void> {
    try {
      await this.#log();
    } catch (error) {
      const batch = this.#inFlight;
      if (!batch || !(error instanceof ApiError) || !['invalid_request', 'too_large'].includes(error.code)) throw error;
      // Refused whole: nothing of it took effect, so another cut of the records is safe.
      this.#inFlight = null;
      if (batch.firstSeq < batch.lastSeq && !this.#single) this.#single = true;
      else if (this.#journal.drop(batch.firstSeq, batch.lastSeq)) this.onDrop?.(error);
      else throw error;
    }
  }

  async #log(): Promise<void> {
    const journal = this.#journal;
    const again = this.#inFlight;
    const batch = again
      ? journal.range(again.firstSeq, again.lastSeq)
      : journal.next(this.#certain && !this.#single ? MAX_CALL_BYTES : 0);
    if (!batch) return;
    const { firstSeq, lastSeq, body, uploads } = batch;
    for (const upload of uploads) await this.#upload(upload);
    this.#inFlight = { firstSeq, lastSeq };
    const { attempt, token } = this.#session();
    const id = this.#id();
    const reply = await this.#client.call(logRun, {
      params: { id },
      body: { attempt, token, firstSeq, lastSeq, ...body },
    });
    this.#inFlight = null;
    this.#certain = true;
    this.#single = false;
    this.nextSeconds = reply.nextSeconds;
    this.leaseSeconds = reply.leaseSeconds;
    this.cancelled ||= reply.cancel;
    journal.ack(Math.max(reply.ackedSeq, lastSeq));
    this.onProgress?.();
  }

  /** What the server will never take is left out; an older server does not know the call. */
  async #upload(upload: Upload): Promise<void> {
    try {
      await sendUpload(this.#client, this.#journal, this.#session(), upload);
    } catch (error) {
      const refused = ['invalid_request', 'too_large', 'not_found', 'conflict'];
      if (!(error instanceof ApiError) || !refused.includes(error.code)) throw error;
      this.onDrop?.(error);
    }
  }

  async #end(): Promise<void> {
    const { attempt, token } = this.#session();
    const ending = this.#journal.ending!;
    this.run = await this.#client.call(finishRun, {
      params: { id: this.#id() },
      body: { attempt, token, finalSeq: this.#journal.acked, ...ending },
    });
    this.ended = true;
  }

  #id(): string {
    return this.#journal.opening.create.id!;
  }

  #session() {
    return this.#journal.session!;
  }
}
