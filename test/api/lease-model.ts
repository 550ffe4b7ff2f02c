import type { Lease } from '@tidemark/api/contract/leases';
import type { Deps } from '@tidemark/api/deps';
import { ApiError } from '@tidemark/api/errors';
import { recordCheckpoint } from '@tidemark/api/leases/checkpoint';
import { claimRun } from '@tidemark/api/leases/claim';
import { finishAttempt } from '@tidemark/api/leases/finish';
import { heartbeat } from '@tidemark/api/leases/heartbeat';
import { releaseAttempt } from '@tidemark/api/leases/release';
import { appendBatch } from '@tidemark/api/metrics/append';
import { readMetrics } from '@tidemark/api/metrics/read';
import { cancelRun } from '@tidemark/api/runs/cancel';
import { getRunDetail } from '@tidemark/api/runs/get';
import { registerRun } from '@tidemark/api/runs/register';
import { tick } from '@tidemark/api/tick';
import { helloWorker } from '@tidemark/api/workers/hello';
import type { Guards } from '@tidemark/db/fence';
import { config } from '../contract/documents.ts';
import { openDeps } from '../support/open-libsql.ts';

// A random schedule of the lease protocol against the real verbs over real SQLite: workers that are killed and paused, messages that
// are lost, answered into the void, delivered twice and long after, a clock that jumps, a user who cancels. Training is a chain: the
// state after a step follows from the state before it, the step and the attempt, and it is what the step logs. So whatever history
// the server shows in the end, one can tell whether some one lineage of attempts made it, with every step once.

const STEPS = 14;
const EVERY = 3;
const WORKERS = 3;
const RUNS = 3;

type Random = () => number;

/** mulberry32, by Tommy Ettinger (public domain): a whole schedule from one number. */
function random(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const after = (state: number, step: number, attempt: number): number =>
  (state * 31 + step * 1009 + attempt * 7919 + 1) % 1_000_003;
const digestOf = (state: number): string => state.toString(16).padStart(64, '0');

/** One attempt as its worker's process knows it. */
interface Process {
  readonly worker: string;
  readonly lease: Lease;
  step: number;
  state: number;
  /** Entries by sequence number (from 1): step and value. */
  readonly log: { step: number; value: number }[];
  acked: number;
  checkpoints: { step: number; state: number; throughSeq: number; sent: boolean }[];
  ending: 'finished' | 'failed' | 'release' | null;
  /** Steps after which this attempt breaks; never, when beyond the last. */
  readonly breaksAt: number;
  over: boolean;
  cancel: boolean;
}

type Send = () => Promise<void>;

export interface Violation {
  readonly seed: number;
  readonly what: string;
}

/** Plays one schedule; null, or what went wrong. */
export async function playSchedule(seed: number, guards?: Guards): Promise<Violation | null> {
  // Ids and tokens too come from the seed, so that it repeats the whole schedule.
  const bytes = random(seed + 1_000_000);
  const rng = (length: number): Uint8Array => Uint8Array.from({ length }, () => bytes() * 256);
  const opened = await openDeps({ rng, report: () => {}, ...(guards ? { guards } : {}) }, ':memory:');
  try {
    const world = new World(opened.deps, opened.clock, random(seed), seed);
    await world.play();
    const what = world.problem ?? (await world.verdict());
    return what === null ? null : { seed, what };
  } finally {
    await opened.close();
  }
}

class World {
  readonly #deps: Deps;
  readonly #clock: { now: number };
  readonly #random: Random;
  readonly #seed: number;
  readonly #runs: string[] = [];
  readonly #states = new Map<string, number>([]);
  /** By worker: its one process, if it has one. */
  readonly #processes = new Map<string, Process>();
  readonly #claims = new Map<string, string>();
  /** What attempts said about their ends: run, attempt, outcome. */
  readonly #asked = new Set<string>();
  #flying: Send[] = [];
  #reliable = false;
  #claimCount = 0;
  problem: string | null = null;

  constructor(deps: Deps, clock: { now: number }, randomness: Random, seed: number) {
    this.#deps = deps;
    this.#clock = clock;
    this.#random = randomness;
    this.#seed = seed;
  }

  #chance(p: number): boolean {
    return this.#random() < p;
  }
  #pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.#random() * list.length)]!;
  }

  async play(): Promise<void> {
    const host = { hostname: 'h', os: 'l', cpu: 'c', cores: 1, memory: 1, gpus: [], node: '20', version: '0' };
    const about = { labels: [], slots: 1, engine: 'onnx', device: 'cpu', host, state: 'active' } as const;
    for (let i = 0; i < WORKERS; i++) await helloWorker(this.#deps, `w${i}`, { ...about, labels: [], name: `w${i}` });
    const user = { name: 'user', scope: 'admin', tokenId: null } as const;
    for (let i = 0; i < RUNS; i++) {
      const body = { experiment: 'model', config: config({ max_retries: 2 }) };
      this.#runs.push((await registerRun(this.#deps, user, body)).id);
    }
    for (let turn = 0; turn < 260 && !this.problem; turn++) {
      const dice = this.#random();
      if (dice < 0.4) await this.#act();
      else if (dice < 0.82) await this.#deliver();
      else if (dice < 0.9) this.#clock.now += Math.floor(this.#random() * 100_000);
      else if (dice < 0.92) this.#clock.now -= Math.floor(this.#random() * 5000);
      else if (dice < 0.94) await tick(this.#deps);
      // A killed process forgets everything; what it sent is still under way.
      else if (dice < 0.965) this.#processes.delete(`w${Math.floor(this.#random() * WORKERS)}`);
      else if (dice < 0.97) await this.#safely(() => cancelRun(this.#deps, user, this.#pick(this.#runs)));
      else this.#clock.now += 1000;
    }
    // Then everything works, until every run has ended.
    this.#reliable = true;
    for (let turn = 0; turn < 6000 && !this.problem; turn++) {
      if (this.#flying.length > 3) await this.#deliver();
      else await this.#act();
      if (turn % 30 < 29) continue;
      this.#clock.now += 20_000;
      await tick(this.#deps);
      const [open] = await this.#deps.db.all('SELECT COUNT(*) AS n FROM runs WHERE ended_at IS NULL');
      if (open!.n !== 0) continue;
      // What is still under way arrives after the end, and must change nothing.
      while (this.#flying.length > 0) await this.#deliver();
      return;
    }
    this.problem ??= 'a run never ended';
  }

  /** One worker does its next thing: asks for work, trains a step, or sends something. */
  async #act(): Promise<void> {
    const worker = `w${Math.floor(this.#random() * WORKERS)}`;
    const process = this.#processes.get(worker);
    if (!process || process.over) {
      this.#processes.delete(worker);
      if (this.#chance(0.4)) this.#claim(worker);
      return;
    }
    if (process.ending === null && this.#chance(0.6)) this.#train(process);
    else this.#send(process);
  }

  #claim(worker: string): void {
    // The same claimId until it is answered.
    const claimId = this.#claims.get(worker) ?? `claim-${++this.#claimCount}`;
    this.#claims.set(worker, claimId);
    this.#flying.push(async () => {
      const { lease } = await claimRun(this.#deps, { claimId, worker, labels: [] });
      if (this.#lost() || this.#claims.get(worker) !== claimId) return;
      this.#claims.delete(worker);
      if (!lease || this.#processes.has(worker)) return;
      const from = lease.resume?.checkpoints[0];
      this.#processes.set(worker, {
        worker,
        lease,
        step: from?.step ?? 0,
        state: from ? this.#states.get(from.digest)! : 0,
        log: [],
        acked: 0,
        checkpoints: [],
        ending: null,
        breaksAt: this.#chance(0.35) && !this.#reliable ? Math.ceil(this.#random() * STEPS) : STEPS + 1,
        over: false,
        cancel: false,
      });
    });
  }

  #train(process: Process): void {
    if (process.step === STEPS) process.ending = 'finished';
    else if (process.step >= process.breaksAt) process.ending = 'failed';
    else if (!this.#reliable && this.#chance(0.02)) process.ending = 'release';
    if (process.ending !== null) return;
    process.step++;
    process.state = after(process.state, process.step, process.lease.attempt);
    process.log.push({ step: process.step, value: process.state });
    if (process.step % EVERY === 0) {
      process.checkpoints.push({
        step: process.step,
        state: process.state,
        throughSeq: process.log.length,
        sent: false,
      });
    }
  }

  #send(process: Process): void {
    const { lease } = process;
    const holder = { run: lease.run, attempt: lease.attempt, token: lease.token };
    const checkpoint = process.checkpoints.find(({ sent }) => !sent);
    const unsent = process.log.length > process.acked;
    if (process.cancel) this.#end(process, 'cancelled');
    else if (unsent && this.#chance(0.6)) this.#log(process, holder);
    else if (checkpoint && this.#chance(0.8)) this.#checkpoint(process, holder, checkpoint);
    else if (process.ending === 'release') {
      this.#note(lease, 'release');
      this.#post(
        process,
        () => releaseAttempt(this.#deps, holder, process.worker),
        () => {
          process.over = true;
        },
      );
    } else if (process.ending) this.#end(process, process.ending);
    else
      this.#post(
        process,
        () => heartbeat(this.#deps, holder, undefined),
        (reply) => this.#heard(process, reply),
      );
  }

  #note({ run, attempt }: Lease, outcome: string): void {
    this.#asked.add(`${run} ${attempt} ${outcome}`);
  }

  #end(process: Process, outcome: 'finished' | 'failed' | 'cancelled'): void {
    const { lease } = process;
    this.#note(lease, outcome);
    const holder = { run: lease.run, attempt: lease.attempt, token: lease.token };
    const finalSeq = process.log.length;
    const finish = () => finishAttempt(this.#deps, { holder, finalSeq, outcome, actor: process.worker });
    this.#post(process, finish, () => {
      process.over = true;
    });
  }

  #log(process: Process, holder: { run: string; attempt: number; token: string }): void {
    const firstSeq = process.acked + 1;
    const lastSeq = Math.min(process.log.length, firstSeq + Math.floor(this.#random() * 4));
    const entries = process.log.slice(firstSeq - 1, lastSeq);
    const series = [
      {
        key: 'state',
        steps: entries.map(({ step }) => step),
        times: entries.map(({ step }) => step),
        values: entries.map(({ value }) => value),
      },
    ];
    this.#post(
      process,
      () => appendBatch(this.#deps, holder, { firstSeq, lastSeq, series, lines: [] }),
      (reply) => this.#heard(process, reply),
    );
  }

  #checkpoint(
    process: Process,
    holder: { run: string; attempt: number; token: string },
    checkpoint: Process['checkpoints'][number],
  ): void {
    const digest = digestOf(checkpoint.state);
    this.#states.set(digest, checkpoint.state);
    const { step, throughSeq } = checkpoint;
    const body = { ...holder, throughSeq, step, epoch: 0, digest, size: 1, kept: ['latest' as const], metrics: {} };
    this.#post(
      process,
      async () => {
        await this.#deps.db.all('INSERT OR IGNORE INTO blobs (digest, size, created_at) VALUES (?, 1, 1)', [digest]);
        return recordCheckpoint(this.#deps, holder, body);
      },
      (reply) => {
        checkpoint.sent = true;
        this.#heard(process, reply);
      },
    );
  }

  #heard(process: Process, reply: { ackedSeq: number; cancel: boolean }): void {
    process.acked = Math.max(process.acked, Math.min(reply.ackedSeq, process.log.length));
    process.cancel ||= reply.cancel;
  }

  /** A request on its way; its answer comes only if it is not lost and its sender still lives. */
  #post<T>(process: Process, call: () => Promise<T>, answered: (reply: T) => void): void {
    const alive = () => this.#processes.get(process.worker) === process;
    this.#flying.push(async () => {
      try {
        const reply = await call();
        if (alive() && !this.#lost()) answered(reply);
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        if (!alive() || this.#lost()) return;
        if (error.code === 'stale_attempt') process.over = true;
      }
    });
  }

  #lost(): boolean {
    return !this.#reliable && this.#chance(0.15);
  }

  /** Messages arrive in any order; some never, some twice, some two at once. */
  async #deliver(): Promise<void> {
    if (this.#flying.length === 0) return;
    // Mostly the newest, so that some old ones come very late.
    const take = (): Send => this.#flying.splice(Math.floor(this.#random() ** 0.4 * this.#flying.length), 1)[0]!;
    const message = take();
    if (this.#reliable) return this.#safely(message);
    if (this.#chance(0.1)) return;
    if (this.#chance(0.3)) this.#flying.push(message);
    if (this.#chance(0.1) && this.#flying.length > 0) {
      await Promise.all([this.#safely(message), this.#safely(take())]);
      return;
    }
    await this.#safely(message);
  }

  async #safely(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      // Refusals are answers; anything else is a fault of the server.
      if (!(error instanceof ApiError))
        this.problem ??= `seed ${this.#seed}: ${String(error)} ${String((error as Error).cause ?? '')}`;
    }
  }

  /** What is wrong with what the server shows in the end; null when nothing is. */
  async verdict(): Promise<string | null> {
    for (const id of this.#runs) {
      const run = await getRunDetail(this.#deps, id);
      const ends = run.events.filter(
        ({ detail, type }) => type === 'cancelled' || ['finished', 'failed'].includes(String(detail.status)),
      );
      const settled = ends.filter(({ detail, type }) => type === 'cancelled' || detail.status !== 'queued');
      if (settled.length !== 1) return `run ${id} ended ${settled.length} times`;
      for (const { attempt, outcome } of run.attempts) {
        const said = outcome === 'retried' ? 'failed' : outcome === 'released' ? 'release' : outcome;
        if ((said === 'finished' || said === 'failed' || said === 'release') && run.status !== 'cancelled') {
          const lost = outcome === 'failed' && run.error?.code === 'lost';
          if (!lost && !this.#asked.has(`${id} ${attempt} ${said}`))
            return `attempt ${attempt} of ${id} never said ${said}`;
        }
      }
      const { series } = await readMetrics(this.#deps, { runs: [id], keys: ['state'], points: 5000, axis: 'step' });
      const { step = [], value = [] } = series[0] ?? {};
      let state = 0;
      let attempt = 1;
      for (const [index, shown] of value.entries()) {
        if (step[index] !== index + 1) return `run ${id} shows step ${step[index]} where ${index + 1} comes`;
        // The attempt that made a step is the one from which its state follows; attempts only ever go up.
        while (attempt <= run.attempt && after(state, index + 1, attempt) !== shown) attempt++;
        if (attempt > run.attempt) return `run ${id}: step ${index + 1} does not follow from the one before it`;
        state = Number(shown);
      }
      if (run.status === 'finished' && value.length !== STEPS)
        return `run ${id} finished with ${value.length} steps of ${STEPS}`;
      const summary = run.metrics.state;
      if ((summary?.count ?? 0) !== value.length) return `run ${id} counts ${summary?.count} of ${value.length} points`;
    }
    return null;
  }
}
