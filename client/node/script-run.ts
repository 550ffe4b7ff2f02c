import { spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Client } from '../call.ts';
import type { Journal } from './journal.ts';
import { type Loggable, Points } from './points.ts';
import type { Ending } from './record.ts';
import { Recorder, type RecorderOptions } from './recorder.ts';
import { Sender } from './sender.ts';
import { watchProcess } from './watch-process.ts';

// A run that a script of your own writes. Everything goes through the journal: `log` appends a record, which is with the system when
// it returns, so a killed process loses nothing of it; a timer asks each second that it reach the disk, and sends it when the
// server wants it. Nothing here throws into the caller's loop, waits in it, or keeps its process alive. However the script ends, its
// end is recorded: `finish()`, an empty event loop, `process.exit`, an uncaught exception (which still ends the process as ever), a
// signal; what is unsent then goes by a helper process, or with the next `init` or `tidemark sync`.

const SYNC_MS = 1000;

/** Tells a person something: each `about` once, since a loop would say it each time. */
export type Say = (about: string, message: string) => void;

interface Parts {
  id: string;
  token: string | undefined;
  journal: Journal;
  client: Client | null;
  rng: () => number;
  now: () => number;
  say: Say;
}

export class ScriptRun {
  readonly id: string;
  /** Aborted when somebody cancels the run; what to do about it is the script's choice. */
  readonly signal: AbortSignal;
  readonly #journal: Journal;
  readonly #client: Client | null;
  readonly #token: string | undefined;
  readonly #sender: Sender | null;
  readonly #now: () => number;
  readonly #say: Say;
  readonly #points: Points;
  readonly #abort = new AbortController();
  readonly #unwatch: () => void;
  #recorder: Recorder | null = null;
  #sending: Promise<void> | null = null;
  #timer: NodeJS.Timeout | null = null;
  #syncTimer: NodeJS.Timeout | null = null;
  #waitMs = 0;
  #started = false;
  #closing = false;
  /** Nothing more is sent or written: everything is there, or the server refused it. */
  #over = false;
  #refused: Error | null = null;

  constructor({ id, token, journal, client, rng, now, say }: Parts) {
    this.id = id;
    this.signal = this.#abort.signal;
    this.#journal = journal;
    this.#client = client;
    this.#token = token;
    this.#sender = client ? new Sender(client, journal, { rng, capMs: 30_000 }) : null;
    if (this.#sender) {
      this.#sender.onDrop = (error) =>
        say(error.message, `${error.message} These values are left out; the run goes on.`);
    }
    this.#now = now;
    this.#say = say;
    this.#points = new Points((message) => say(message, message));
    this.#unwatch = watchProcess({
      idle: () => void this.finish({ waitSeconds: 10 }),
      leave: (ending) => this.#leave(ending),
    });
  }

  /** Its page in the dashboard, once the server knows the run. */
  get url(): string | null {
    if (!this.#sender?.run || !this.#client) return null;
    const { url, project } = this.#client;
    return `${url}${project === 'default' ? '' : `/p/${project}`}/r/${this.id}`;
  }

  /** Registers the run, waiting no longer than that. @throws ApiError when the server refuses it. */
  async start(waitMs: number): Promise<void> {
    await Promise.race([this.#send(), delay(waitMs, undefined, { ref: false })]);
    if (this.#refused) {
      this.#journal.remove();
      throw this.#refused;
    }
    const run = this.#sender?.run;
    if (run) this.#say('start', `run #${run.ordinal} ${run.name} in ${run.experiment}: ${this.url}`);
    else if (!this.#over)
      this.#say('away', `no answer yet; the run is kept in ${this.#journal.path} until there is one.`);
    this.#started = true;
  }

  /** Points at a step (an integer; by default one more than the last). Never throws, never waits. */
  log(metrics: Loggable, { step }: { step?: number } = {}): void {
    if (this.#over || this.#closing) {
      this.#say('after the end', 'log after the run’s end: these values are not kept.');
      return;
    }
    try {
      const time = this.#now();
      const { point, media } = this.#points.of(metrics, step, time);
      for (const { key, step, medium } of media) {
        const item = { key, step, time, value: medium.value };
        this.#journal.upload({ kind: 'media', item, digests: [...medium.blobs.keys()] }, medium.blobs);
      }
      if (point) this.#journal.point(point);
      if (!point && media.length === 0) return;
      this.#wrote();
    } catch (error) {
      this.#say('log', `log failed: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  #wrote(): void {
    this.#syncTimer ??= setTimeout(() => this.#sync(), SYNC_MS).unref();
    if (this.#client && !this.#timer && !this.#sending) this.#schedule(this.#pause());
  }

  /** Streams text to the run's console, as what a program wrote: for one that is not this process. */
  print(stream: 'stdout' | 'stderr', text: string): void {
    this.#recorder?.write(stream, text);
  }

  /** Records by itself what belongs to a run beside its points. */
  record(options: Pick<RecorderOptions, 'console' | 'system' | 'environment'>): void {
    if (this.#over || this.#recorder) return;
    const quietly = (work: () => void) => {
      if (this.#over) return;
      try {
        work();
        this.#wrote();
      } catch {
        // The disk: said already.
      }
    };
    this.#recorder = new Recorder({
      ...options,
      now: this.#now,
      upload: (upload, blobs) => quietly(() => this.#journal.upload(upload, blobs)),
      lines: (lines) => quietly(() => this.#journal.log({ series: [], lines })),
      // At the newest step: it is where training stands, and takes no number from it.
      figures: (values) =>
        quietly(() => this.#journal.point({ step: this.#points.lastStep, time: this.#now(), values })),
    });
  }

  /**
   * Ends the run and waits until the server has all of it, at most `waitSeconds` (30). True when it has; otherwise the rest is on
   * the disk and sent later. Again is harmless.
   */
  async finish(options: Partial<Ending> & { waitSeconds?: number } = {}): Promise<boolean> {
    if (this.#over) return this.#sender?.ended ?? false;
    await this.#recorder?.settled();
    this.#recorder?.stop();
    this.#closing = true;
    const outcome = options.outcome ?? (this.signal.aborted ? 'cancelled' : 'finished');
    this.#journal.end(options.error ? { outcome, error: options.error } : { outcome });
    const deadline = performance.now() + (options.waitSeconds ?? 30) * 1000;
    const left = () => Math.max(0, deadline - performance.now());
    while (!this.#over && this.#sender && left() > 0) {
      const stop = new AbortController();
      const timeUp = delay(left(), undefined, { signal: stop.signal }).catch(() => {});
      await Promise.race([this.#send(), timeUp]);
      stop.abort();
      if (!this.#over) await delay(Math.min(this.#waitMs, left()));
    }
    if (!this.#over) {
      const { path } = this.#journal;
      this.#say('kept', `the rest of the run is kept in ${path}; it goes with the next run, or by \`tidemark sync\`.`);
      this.#stop();
      this.#journal.close();
    }
    return this.#sender?.ended ?? false;
  }

  #sync(): void {
    this.#syncTimer = null;
    if (!this.#over) this.#journal.sync();
  }

  #pause(): number {
    return (this.#sender?.nextSeconds ?? 5) * 1000;
  }

  #schedule(milliseconds: number): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = null;
      void this.#send();
    }, milliseconds).unref();
  }

  /** One round with the server, and the time of the next. Rounds never overlap. */
  #send(): Promise<void> {
    this.#sending ??= this.#round().finally(() => {
      this.#sending = null;
    });
    return this.#sending;
  }

  async #round(): Promise<void> {
    const sender = this.#sender;
    if (!sender || this.#over) return;
    // A quiet run says that it lives, so that it does not count as lost.
    const outcome = this.#journal.session && !this.#closing ? await sender.touch() : await sender.send();
    if (this.#over) return;
    this.#waitMs = outcome.state === 'away' ? outcome.waitMs : 0;
    if (sender.cancelled && !this.signal.aborted) {
      this.#say('cancel', 'somebody cancelled this run; `run.signal` is aborted.');
      this.#abort.abort(new Error('The run was cancelled.'));
    }
    if (outcome.state === 'refused') {
      this.#refused = outcome.error;
      this.#stop();
      if (!this.#started) return;
      const kept = this.#journal.setAside();
      this.#say(
        'refused',
        `the server no longer takes this run (${outcome.error.message}); the rest is kept in ${kept}.`,
      );
    } else if (sender.ended) {
      this.#stop();
      this.#journal.remove();
    } else if (outcome.state === 'away') {
      this.#say('away', `${outcome.error.message} The run is kept in ${this.#journal.path} and sent when it answers.`);
      this.#schedule(outcome.waitMs);
    } else this.#schedule(this.#pause());
  }

  #stop(): void {
    this.#recorder?.stop();
    this.#over = true;
    this.#unwatch();
    if (this.#timer) clearTimeout(this.#timer);
    if (this.#syncTimer) clearTimeout(this.#syncTimer);
    this.#timer = null;
    this.#syncTimer = null;
  }

  /** The process ends now: what is unsent goes to the disk, and a helper that outlives this process sends it. */
  #leave(ending: Ending): void {
    if (this.#over) return;
    this.#recorder?.stop();
    this.#journal.end(ending);
    this.#stop();
    if (!this.#client || !this.#journal.onDisk) return;
    const { url, project } = this.#client;
    const env = { ...process.env, TIDEMARK_URL: url, TIDEMARK_PROJECT: project };
    spawn(process.execPath, [fileURLToPath(new URL('./deliver.js', import.meta.url)), this.#journal.path], {
      detached: true,
      stdio: 'ignore',
      env: this.#token ? { ...env, TIDEMARK_TOKEN: this.#token } : env,
    }).unref();
  }
}
