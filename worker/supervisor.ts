import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Environment } from '@tidemark/api/contract/environment';
import { claim, type Lease as LeaseTerms } from '@tidemark/api/contract/leases';
import { getRun } from '@tidemark/api/contract/runs';
import { helloWorker, type WorkerHost } from '@tidemark/api/contract/workers';
import { ApiError, type Client, withRetry } from '@tidemark/client';
import type * as z from 'zod';
import { Attempt, type AttemptContext, attemptFolder } from './attempt.ts';
import type { Clock } from './clock.ts';
import { Slots } from './devices/slots.ts';
import type { EngineName } from './engine/index.ts';
import { Lease } from './lease.ts';
import type { TrainerOptions } from './messages.ts';
import type { AttemptOutcome, Report, RunName } from './report.ts';
import { Spool } from './spool.ts';
import { TrainerProcess } from './trainer-process.ts';
import { verdict } from './verdict.ts';

// A worker's life. It says hello; it delivers what an earlier process of the same folder left; then, as long as it is open, it claims
// a run whenever a slot is free, and trains it in a child process of its own. A hint (a socket that says "look now") or the
// pause that the server named starts the next claim; a hint also makes what runs ask whether it is still wanted. While it is idle a trainer stands ready with its modules loaded.
//
//   open ──drain()──▶ draining ──all attempts ended──▶ gone
//
// Draining claims nothing and asks every attempt to stop: each finishes its step, writes a checkpoint and gives its run back,
// with its heartbeat kept up until then. A drain that the server asks for ends attempts the same way; claims then simply find
// nothing until it is taken back.
//
// A claim carries an id that is on the disk before it is sent and stays until its lease is on the disk, so an answer that
// was lost, with the process or on the way, is answered again.

export interface SupervisorOptions {
  client: Client;
  clock: Clock;
  report: Report;
  /** The worker's own folder: `id`, `claim`, `attempts/`, `checkpoints/`. */
  folder: string;
  /** Decoded images and blobs; may be shared by workers of one machine. */
  cache: string;
  server: { url: string; token: string | undefined; project: string | undefined };
  identity: {
    id: string;
    name: string;
    labels: readonly string[];
    slots: number;
    engine: EngineName;
    device: string;
    host: z.output<typeof WorkerHost>;
  };
  trainer: Omit<TrainerOptions, 'deviceSlot'>;
  /** What this worker is and runs from, and how its machine is watched; null: not recorded. */
  environment: Promise<Environment | null>;
  machine: AttemptContext['machine'];
  progressTimeoutMs: number;
  stopTimeoutMs: number;
  /** End when the queue has nothing for this worker. */
  once: boolean;
  /** Opens the socket that hints at new runs; null: poll only. @returns what closes it. */
  openHints: ((hint: () => void) => () => void) | null;
}

const CHECKPOINT_DAYS = 14;

export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #running = new Set<Attempt>();
  readonly #deaths = new Map<string, { count: number }>();
  readonly #stopped = new AbortController();
  /** Where there are several GPUs, a slot's runs keep to one. */
  readonly #slots = new Slots();
  #warm: TrainerProcess | null = null;
  #hinted = false;
  #wake: (() => void)[] = [];

  constructor(options: SupervisorOptions) {
    this.#options = options;
  }

  /** Lives until it is drained; with `once`, until there is nothing to do. Throws when the server refuses this worker. */
  async run(): Promise<void> {
    const { openHints, report } = this.#options;
    this.#warmUp();
    let closeHints = () => {};
    try {
      await this.#hello('active');
      closeHints = openHints?.(() => this.#hint()) ?? closeHints;
      await this.#recover();
      await this.#claimLoop();
    } catch (error) {
      if (!this.draining) throw error;
    } finally {
      closeHints();
      this.#stopAll();
      while (this.#running.size > 0) await this.#woken();
      this.#warm?.kill();
      await this.#goodbye();
      report({ type: 'gone' });
    }
  }

  get draining(): boolean {
    return this.#stopped.signal.aborted;
  }

  /** Takes nothing new; what runs is checkpointed and given back. */
  drain(reason: string): void {
    if (this.draining) return;
    this.#options.report({ type: 'draining', reason });
    this.#stopped.abort(new Error('draining'));
    this.#stopAll();
    this.#changed();
    void this.#hello('draining').catch(() => {});
  }

  #stopAll(): void {
    for (const attempt of this.#running) attempt.stop('drain');
  }

  async #claimLoop(): Promise<void> {
    const { identity, clock, once, report } = this.#options;
    let idle = false;
    let kept = this.#keptClaim();
    while (!this.draining) {
      if (this.#running.size >= identity.slots) {
        await this.#woken();
        continue;
      }
      this.#hinted = false;
      const claimId = kept ?? this.#newClaim();
      const sentAt = clock.monotonic();
      const { lease, nextSeconds } = await this.#claim(claimId);
      if (lease) {
        kept = null;
        idle = false;
        this.#begin(lease, sentAt);
      } else if (kept) kept = null;
      else if (once && this.#running.size === 0) return;
      else {
        if (!idle && this.#running.size === 0) report({ type: 'idle' });
        idle = true;
        await this.#pause(nextSeconds * 1000 * (0.75 + clock.random() / 2));
      }
    }
  }

  async #claim(claimId: string) {
    const { client, identity } = this.#options;
    const body = { claimId, worker: identity.id, labels: [...identity.labels] };
    try {
      return await this.#patiently((signal) => client.call(claim, { body }, { signal }));
    } catch (error) {
      // The server's database is another than at our hello.
      if (!(error instanceof ApiError) || error.code !== 'not_found') throw error;
      await this.#hello('active');
      return { lease: null, nextSeconds: 1 };
    }
  }

  #begin(terms: LeaseTerms, sentAt: number): void {
    const { folder, report } = this.#options;
    const { run, experiment, ordinal, name, attempt, token } = terms;
    const own = attemptFolder(folder, run, attempt);
    const file = join(own, 'spool');
    if (existsSync(file)) {
      // Answered again: this attempt was recovered already.
      this.#forgetClaim();
      return;
    }
    mkdirSync(own, { recursive: true });
    const spool = Spool.create(file, { type: 'open', run, attempt, token, experiment, ordinal, name });
    this.#forgetClaim();
    const named = { run, experiment, ordinal, name, attempt };
    const trainer = this.#takeTrainer();
    const resumeStep = terms.resume?.step ?? null;
    report({ type: 'claimed', run: named, resumeStep, trainer: trainer.pid ?? null });
    const work = this.#attempt(spool, new Lease(sentAt, terms), named);
    if (terms.cancel) work.stop('cancel');
    this.#track(work, this.#train(work, trainer, terms, own, sentAt));
  }

  async #train(
    work: Attempt,
    trainer: TrainerProcess,
    terms: LeaseTerms,
    own: string,
    sentAt: number,
  ): Promise<AttemptOutcome> {
    const { folder, cache, server, trainer: options } = this.#options;
    const { run, attempt, name, ordinal, experiment, config, resume } = terms;
    const checkpoints = join(folder, 'checkpoints', run);
    const shown = resume ? await this.#shown(run).catch(() => null) : {};
    if (!shown) {
      trainer.kill();
      return work.recover();
    }
    const deviceSlot = this.#slots.take();
    const outcome = await work
      .run(trainer, {
        run: { run, attempt, name, ordinal, experiment, config, resume },
        shown,
        server,
        folders: { outbox: own, checkpoints, cache },
        options: { ...options, deviceSlot },
        deadline: sentAt + terms.leaseSeconds * 1000,
      })
      .finally(() => this.#slots.release(deviceSlot));
    if (outcome === 'finished' || outcome === 'cancelled' || outcome === 'pruned') {
      rmSync(checkpoints, { recursive: true, force: true });
      this.#deaths.delete(run);
    }
    return outcome;
  }

  /** Last step of each metric that the run shows, for an attempt that goes on. */
  async #shown(run: string): Promise<Record<string, number>> {
    const { client } = this.#options;
    const { metrics } = await this.#patiently((signal) => client.call(getRun, { params: { id: run } }, { signal }));
    return Object.fromEntries(Object.entries(metrics).map(([key, { lastStep }]) => [key, lastStep]));
  }

  #attempt(spool: Spool, lease: Lease, name: RunName): Attempt {
    const { client, clock, report, environment, machine, progressTimeoutMs, stopTimeoutMs } = this.#options;
    const deaths = this.#deaths.get(name.run) ?? { count: 0 };
    this.#deaths.set(name.run, deaths);
    const recorded = { environment, machine };
    return new Attempt({
      client,
      clock,
      report,
      lease,
      spool,
      name,
      deaths,
      ...recorded,
      progressTimeoutMs,
      stopTimeoutMs,
    });
  }

  #track(attempt: Attempt, outcome: Promise<AttemptOutcome>): void {
    const { report } = this.#options;
    this.#running.add(attempt);
    if (this.draining) attempt.stop('drain');
    outcome
      .catch((error: unknown) => {
        if (!this.draining)
          report({ type: 'away', away: true, reason: error instanceof Error ? error.message : String(error) });
      })
      .finally(() => {
        this.#running.delete(attempt);
        this.#warmUp();
        this.#changed();
      });
  }

  /** Delivers what an earlier process left, and gives its runs back. */
  async #recover(): Promise<void> {
    const { folder, clock, report } = this.#options;
    const attempts = join(folder, 'attempts');
    mkdirSync(attempts, { recursive: true });
    const left: Promise<unknown>[] = [];
    for (const entry of readdirSync(attempts)) {
      const file = join(attempts, entry, 'spool');
      if (!existsSync(file)) {
        // A set-aside spool stays for a person to read; a folder without any is rubbish.
        const kept = readdirSync(join(attempts, entry)).some((name) => name.endsWith('.stale'));
        if (!kept) rmSync(join(attempts, entry), { recursive: true, force: true });
        continue;
      }
      const spool = Spool.open(file);
      if (!spool) {
        rmSync(join(attempts, entry), { recursive: true, force: true });
        continue;
      }
      const { type: _, token: __, ...name } = spool.opening;
      report({ type: 'recovering', run: name });
      // How long the lease still holds is not known: the first reply says so.
      const lease = new Lease(clock.monotonic(), { leaseSeconds: 0, nextSeconds: 1 });
      const work = this.#attempt(spool, lease, name);
      const outcome = work.recover();
      this.#track(work, outcome);
      left.push(outcome.catch(() => {}));
    }
    await Promise.race([Promise.all(left), this.#drained()]);
    this.#pruneCheckpoints();
  }

  #pruneCheckpoints(): void {
    const { folder, clock } = this.#options;
    const all = join(folder, 'checkpoints');
    mkdirSync(all, { recursive: true });
    for (const run of readdirSync(all)) {
      const age = clock.now() - statSync(join(all, run)).mtimeMs;
      if (age > CHECKPOINT_DAYS * 86_400_000) rmSync(join(all, run), { recursive: true, force: true });
    }
  }

  async #hello(state: 'active' | 'draining' | 'gone'): Promise<void> {
    const { client, identity } = this.#options;
    const { id, labels, ...rest } = identity;
    const body = { ...rest, labels: [...labels], state };
    if (state === 'active') {
      await this.#patiently((signal) => client.call(helloWorker, { params: { id }, body }, { signal }));
    } else await client.call(helloWorker, { params: { id }, body }, { timeoutSeconds: 3 });
  }

  async #goodbye(): Promise<void> {
    await this.#hello('gone').catch(() => {});
  }

  /** A call outside any lease: repeated for as long as it takes, until the worker drains. */
  async #patiently<T>(operation: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { clock, report } = this.#options;
    const { signal } = this.#stopped;
    let away = false;
    const value = await withRetry(() => operation(signal), {
      sleep: (ms, stop) => clock.sleep(ms, stop),
      rng: clock.random,
      signal,
      classify: (error) => (verdict(error) === 'retry' ? 'retry' : 'fail'),
      onRetry: (error) => {
        if (!away) report({ type: 'away', away: true, reason: error instanceof Error ? error.message : String(error) });
        away = true;
      },
    });
    if (away) report({ type: 'away', away: false, reason: '' });
    return value;
  }

  get #claimFile(): string {
    return join(this.#options.folder, 'claim');
  }

  #keptClaim(): string | null {
    return existsSync(this.#claimFile) ? readFileSync(this.#claimFile, 'utf8').trim() || null : null;
  }

  #newClaim(): string {
    const kept = this.#keptClaim();
    if (kept && kept === this.#lastClaim) return kept;
    const id = randomUUID();
    writeFileSync(this.#claimFile, id, { flush: true });
    this.#lastClaim = id;
    return id;
  }

  /** The id that this process gave out last: one that found nothing may be used again. */
  #lastClaim: string | null = null;

  #forgetClaim(): void {
    rmSync(this.#claimFile, { force: true });
    this.#lastClaim = null;
  }

  #warmUp(): void {
    if (this.#warm || this.draining) return;
    const trainer = new TrainerProcess(this.#options.identity.engine);
    this.#warm = trainer;
    trainer.onMessage = ({ type }) => {
      if (type === 'ready') this.#options.report({ type: 'ready' });
    };
    trainer.onExit = () => {
      if (this.#warm === trainer) this.#warm = null;
    };
  }

  #takeTrainer(): TrainerProcess {
    const trainer = this.#warm ?? new TrainerProcess(this.#options.identity.engine);
    this.#warm = null;
    // A second slot wants one ready as well.
    if (this.#running.size + 1 < this.#options.identity.slots) this.#warmUp();
    return trainer;
  }

  #hint(): void {
    this.#hinted = true;
    for (const attempt of this.#running) attempt.look();
    this.#changed();
  }

  async #pause(ms: number): Promise<void> {
    const { clock } = this.#options;
    const timer = new AbortController();
    let over = false;
    const busy = this.#running.size;
    const time = clock.sleep(ms, timer.signal).then(
      () => {
        over = true;
      },
      () => {},
    );
    while (!over && !this.#hinted && !this.draining && this.#running.size === busy) {
      await Promise.race([time, this.#woken()]);
    }
    timer.abort();
  }

  #woken(): Promise<void> {
    return new Promise((resolve) => this.#wake.push(resolve));
  }

  async #drained(): Promise<void> {
    while (!this.draining) await this.#woken();
  }

  #changed(): void {
    for (const resolve of this.#wake.splice(0)) resolve();
  }
}
