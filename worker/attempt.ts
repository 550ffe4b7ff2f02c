import { mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Environment } from '@tidemark/api/contract/environment';
import { leaseFinish } from '@tidemark/api/contract/leases';
import type { LiveReply } from '@tidemark/api/contract/metrics';
import { type Client, withRetry } from '@tidemark/client';
import { type Sampling, startSampling } from '@tidemark/client/node/capture/system/start';
import { LineRate } from '@tidemark/client/node/console/line-rate';
import { type ConsoleLine, LineAssembler } from '@tidemark/client/node/console/lines';
import type { Clock } from './clock.ts';
import { Abandoned, Delivery } from './delivery.ts';
import { epochLine } from './epoch-line.ts';
import type { Lease } from './lease.ts';
import { deathOf, outOfMemoryText } from './memory.ts';
import type { Assignment, FromTrainer, LineLevel, StopReason } from './messages.ts';
import { Outbox } from './outbox.ts';
import { ranOutOfMemory } from './ran-out-of-memory.ts';
import type { AttemptOutcome, Report, RunName } from './report.ts';
import type { Spool } from './spool.ts';
import type { Exit, TrainerProcess } from './trainer-process.ts';

// One attempt, from the lease to its end. The trainer's messages go to the spool and from there to the server; the server's
// answers renew the lease and may ask to stop. It ends in one of these ways, each only after everything before it was delivered:
//
//   trainer finished / failed            → finish (finished, failed)
//   stopped, because asked to cancel     → finish (cancelled, pruned)
//   stopped, because the worker drains   → release: queued again at once, no penalty
//   trainer died or hung                 → release: the next attempt goes on from the last checkpoint; after three deaths
//                                          of this run here without a new checkpoint: finish (failed)
//   trainer ran out of memory            → finish (failed), naming the batch; had it fitted before: release, once
//   the server says stale                → trainer killed, spool set aside, nothing sent
//
// A finish is in the spool before it is sent, so a supervisor that dies in between is followed by one that sends it.

export interface AttemptContext {
  client: Client;
  clock: Clock;
  report: Report;
  lease: Lease;
  spool: Spool;
  name: RunName;
  /** Deaths of this run's trainers on this worker since its last checkpoint. */
  deaths: { count: number };
  /** What the worker is and runs from; null: it is not recorded. */
  environment: Promise<Environment | null>;
  /** The machine, with the process that trains; null: it is not sampled. */
  machine: ((pid: number | undefined) => Pick<Sampling, 'sources' | 'everyMs'>) | null;
  progressTimeoutMs: number;
  /** A trainer that was told to stop has so long. */
  stopTimeoutMs: number;
}

const MOST_DEATHS = 3;

/** What ends an attempt, before it is told to the server. */
type Ending =
  | { outcome: 'finished' | 'failed' | 'cancelled' | 'pruned'; error?: { code: string; message: string } }
  | 'release';

/** This worker stops before the server answered: the next start goes on. */
class LeftForLater extends Error {}

export class Attempt {
  readonly #context: AttemptContext;
  readonly #outbox: Outbox;
  readonly #delivery: Delivery;
  #trainer: TrainerProcess | null = null;
  #assignment: Assignment | null = null;
  /** Whether this attempt wrote a checkpoint: then its batch has fitted. */
  #fitted = false;
  #stop: StopReason | null = null;
  #first = true;
  /** Where training stands: the newest step it logged at. */
  #step = 0;
  /** What the trainer printed without a newline is a line too. */
  #endOutput: () => void = () => {};
  #heard: number;
  readonly #over = new AbortController();
  #leave: () => void = () => {};
  /** Resolves when the trainer is done, one way or another. */
  #trained: (ending: Ending) => void = () => {};

  constructor(context: AttemptContext) {
    this.#context = context;
    const { client, clock, spool, lease } = context;
    this.#heard = clock.monotonic();
    this.#outbox = new Outbox(spool, clock.monotonic);
    this.#delivery = new Delivery({
      client,
      clock,
      spool,
      lease,
      outbox: this.#outbox,
      onReply: (reply) => this.#reply(reply),
      onAway: (away, error) =>
        context.report({ type: 'away', away, reason: error instanceof Error ? error.message : '' }),
    });
  }

  /** Trains to the end. */
  async run(trainer: TrainerProcess, assignment: Assignment): Promise<AttemptOutcome> {
    const { clock } = this.#context;
    mkdirSync(assignment.folders.outbox, { recursive: true });
    this.#trainer = trainer;
    this.#assignment = assignment;
    this.#heard = clock.monotonic();
    const ending = new Promise<Ending>((resolve) => {
      this.#trained = resolve;
    });
    const broken = new Promise<never>((_, reject) => {
      trainer.onMessage = (message) => {
        try {
          this.#message(message);
        } catch (error) {
          reject(error); // the disk refused the spool
        }
      };
    });
    broken.catch(() => {});
    trainer.onExit = (exit) => this.#died(exit);
    const stopRecording = this.#record(trainer, assignment);
    trainer.send({ type: 'start', assignment });
    if (this.#stop) trainer.send({ type: 'stop', reason: this.#stop });
    void this.#watchProgress();
    try {
      return await this.#end(await Promise.race([ending, broken, this.#delivery.failed]));
    } catch (error) {
      return await this.#lost(error);
    } finally {
      this.#over.abort();
      trainer.onExit = () => {};
      stopRecording();
      trainer.kill();
      await trainer.exited;
      this.#delivery.close();
    }
  }

  /** Delivers what an earlier process left, and ends the attempt: there is no trainer any more that could go on. */
  async recover(): Promise<AttemptOutcome> {
    const left = new Promise<never>((_, reject) => {
      this.#leave = () => reject(new LeftForLater());
    });
    const deliver = async () => {
      await Promise.race([this.#delivery.drained(), this.#delivery.failed]);
      return this.#end(this.#asked() ?? 'release');
    };
    try {
      return await Promise.race([deliver(), left]);
    } catch (error) {
      if (error instanceof LeftForLater) throw error;
      return await this.#lost(error);
    } finally {
      this.#over.abort();
      this.#delivery.close();
    }
  }

  /** Stops after the current step: `drain` with a checkpoint and the run given back, the others for good. */
  stop(reason: StopReason): void {
    if (this.#stop) return;
    this.#stop = reason;
    if (!this.#trainer) {
      if (reason === 'drain') this.#leave();
      return;
    }
    this.#trainer.send({ type: 'stop', reason });
    const { clock, stopTimeoutMs } = this.#context;
    const kill = () => this.#trainer?.kill();
    void clock.sleep(stopTimeoutMs, this.#over.signal).then(kill, () => {});
  }

  /** Asks the server soon whether this run is still wanted. */
  look(): void {
    this.#delivery.look();
  }

  async #end(ending: Ending): Promise<AttemptOutcome> {
    const { spool } = this.#context;
    this.#endOutput();
    this.#outbox.flush();
    if (!spool.finish && ending !== 'release') spool.appendFinish(ending);
    await Promise.race([this.#delivery.drained(), this.#delivery.failed]);
    if (spool.finish) {
      const status = await this.#delivery.finish();
      // A failure with retries left is queued again; a cancel that came first wins.
      const outcome = status === 'queued' ? 'failed' : (status as AttemptOutcome);
      return this.#ended(outcome, spool.finish.error?.message ?? null);
    }
    const status = await this.#delivery.release();
    return this.#ended(status === 'cancelled' ? 'cancelled' : 'released', null);
  }

  async #lost(error: unknown): Promise<AttemptOutcome> {
    const { spool, report, name } = this.#context;
    this.#trainer?.kill();
    if (!(error instanceof Abandoned)) return this.#failed(error);
    const kept = spool.setAside();
    report({ type: 'line', run: name, level: 'warn', text: `What was not sent of it is kept in ${kept}` });
    report({ type: 'ended', run: name, outcome: error.kind, message: error.message });
    return error.kind;
  }

  /** This worker itself cannot go on (a full disk): the run fails with the reason, as of what the server has. */
  async #failed(error: unknown): Promise<AttemptOutcome> {
    const { spool, client, clock } = this.#context;
    const { run, attempt, token } = spool.opening;
    const message = `The worker could not go on: ${error instanceof Error ? error.message : String(error)}`;
    const body = { attempt, token, finalSeq: spool.acked, outcome: 'failed' as const };
    await withRetry(
      () => client.call(leaseFinish, { params: { run }, body: { ...body, error: { code: 'worker_failed', message } } }),
      { sleep: clock.sleep, rng: clock.random, attempts: 5 },
    ).catch(() => {});
    return this.#ended('failed', message);
  }

  #ended(outcome: AttemptOutcome, message: string | null): AttemptOutcome {
    const { spool, report, name } = this.#context;
    report({ type: 'ended', run: name, outcome, message });
    spool.remove();
    rmSync(dirname(spool.path), { recursive: true, force: true });
    return outcome;
  }

  #asked(): Ending | null {
    if (this.#stop === 'cancel') return { outcome: 'cancelled' };
    if (this.#stop === 'prune') return { outcome: 'pruned' };
    return null;
  }

  #reply({ cancel, prune, drain }: LiveReply): void {
    this.#trainer?.send({ type: 'lease', deadline: this.#context.lease.deadline });
    if (cancel) this.stop('cancel');
    else if (prune) this.stop('prune');
    else if (drain) this.stop('drain');
  }

  #message(message: FromTrainer): void {
    const { spool, report, name, deaths, clock } = this.#context;
    this.#heard = clock.monotonic();
    if (message.type === 'points') {
      this.#step = message.step;
      this.#outbox.points(message.step, message.at, message.values);
      if (this.#first) this.#delivery.hurry();
      this.#first = false;
    } else if (message.type === 'line') this.#line(message.level, message.text, message.at);
    else if (message.type === 'progress') {
      this.#outbox.progress(message.progress);
      report({ type: 'progress', run: name, progress: message.progress });
    } else if (message.type === 'device') {
      this.#outbox.device(message.description);
      report({ type: 'device', run: name, description: message.description });
    } else if (message.type === 'epoch') {
      const { type: _, ...epoch } = message;
      report({ type: 'epoch', run: name, ...epoch });
      this.#outbox.line('info', clock.now(), epochLine(epoch));
    } else if (message.type === 'checkpoint') {
      this.#outbox.flush();
      spool.appendUpload({ ...message, throughSeq: spool.lastSeq });
      deaths.count = 0;
      this.#fitted = true;
      report({ type: 'checkpoint', run: name, step: message.step, kept: message.kept });
      this.#delivery.uploadsAdded();
    } else if (message.type === 'artifact' || message.type === 'media') {
      spool.appendUpload(message);
      this.#delivery.uploadsAdded();
    } else if (message.type === 'end') {
      this.#trainer!.onExit = () => {};
      if (message.outcome === 'failed') this.#trained({ outcome: 'failed', error: message.error });
      else if (message.outcome === 'finished') this.#trained({ outcome: 'finished' });
      else this.#trained(this.#asked() ?? 'release');
    }
  }

  #line(level: LineLevel, text: string, at: number): void {
    const { report, name } = this.#context;
    this.#outbox.line(level, at, text);
    report({ type: 'line', run: name, level, text });
  }

  #died(exit: Exit): void {
    this.#trained(this.#asked() ?? (this.#stop === 'drain' ? 'release' : this.#afterDeath(exit)));
  }

  #afterDeath(exit: Exit): Ending {
    const { code, signal } = exit;
    const { deaths, clock } = this.#context;
    deaths.count++;
    const how = signal ? `by signal ${signal}` : `with exit code ${code}`;
    this.#line('error', `The training process ended ${how}.`, clock.now());
    if (this.#trainer && ranOutOfMemory(deathOf(this.#trainer, exit))) {
      const memory = outOfMemoryText(this.#trainer.peak, this.#assignment?.run.config);
      // One that fitted before may have been the victim of others: it gets another try, but not a third.
      const fitted = this.#fitted || this.#assignment?.run.resume;
      if (!fitted || deaths.count > 1) return { outcome: 'failed', error: { code: 'out_of_memory', message: memory } };
      this.#line('warn', memory, clock.now());
    }
    if (deaths.count < MOST_DEATHS) return 'release';
    const message = `The training process ended ${how}, ${MOST_DEATHS} times without a new checkpoint in between. The run’s log has what it said.`;
    return { outcome: 'failed', error: { code: 'trainer_died', message } };
  }

  /** What the trainer prints, the machine's figures at the newest step, and what this worker runs on. @returns what ends it */
  #record(trainer: TrainerProcess, assignment: Assignment): () => void {
    const { clock, environment, machine, spool } = this.#context;
    this.#step = assignment.run.resume?.step ?? 0;
    const rate = new LineRate();
    const emit = (line: ConsoleLine) => {
      for (const kept of rate.pass(line, line.at)) this.#outbox.print(kept);
    };
    const streams = { stdout: new LineAssembler('stdout', emit), stderr: new LineAssembler('stderr', emit) };
    trainer.onOutput = (stream, text) => streams[stream].write(text, Math.trunc(clock.now()));
    this.#endOutput = () => {
      const at = Math.trunc(clock.now());
      for (const stream of Object.values(streams)) stream.end(at);
      for (const line of rate.end(at)) this.#outbox.print(line);
    };
    const stopSampling = machine
      ? startSampling({
          ...machine(trainer.pid),
          monotonic: clock.monotonic,
          emit: (values) => {
            this.#outbox.points(this.#step, clock.now(), values);
            const at = Math.trunc(clock.now());
            for (const stream of Object.values(streams)) stream.tick(at);
          },
        })
      : () => {};
    const { signal } = this.#over;
    void environment
      .then((found) => {
        if (!found || signal.aborted) return;
        spool.appendUpload({ type: 'environment', environment: found });
        this.#delivery.uploadsAdded();
      })
      .catch(() => {});
    return () => {
      stopSampling();
      trainer.onOutput = () => {};
    };
  }

  /** A trainer that says nothing for too long hangs; while it waits for a lease it has leave to. */
  async #watchProgress(): Promise<void> {
    const { signal } = this.#over;
    const { clock, lease, progressTimeoutMs } = this.#context;
    while (!signal.aborted) {
      await clock.sleep(Math.min(1000, progressTimeoutMs / 4), signal).catch(() => {});
      const now = clock.monotonic();
      this.#trainer?.look();
      if (now >= lease.deadline) this.#heard = now;
      if (signal.aborted || now - this.#heard < progressTimeoutMs) continue;
      this.#line(
        'error',
        `No progress for ${Math.round(progressTimeoutMs / 1000)} s: the training process hangs.`,
        clock.now(),
      );
      this.#trainer?.kill();
      return;
    }
  }
}

/** Where an attempt keeps its spool and its files. */
export const attemptFolder = (folder: string, run: string, attempt: number): string =>
  join(folder, 'attempts', `${run}.${attempt}`);
