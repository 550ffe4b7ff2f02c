import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { trainerEnvironment } from './engine/environment.ts';
import type { EngineName } from './engine/index.ts';
import { oomKills, peakMemory } from './memory.ts';
import type { FromTrainer, ToTrainer } from './messages.ts';

/** A process that it left behind may hold its pipes; that is not waited for longer than this (ms). */
const PIPES_MS = 1000;

/** How a trainer's process ended. */
export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/**
 * A child process that trains one run. It is started ahead of time, so that its modules are loaded when a run comes. It takes no
 * signals of its own (a terminal's Ctrl-C reaches the whole group): the supervisor tells it to stop, and when the supervisor
 * dies, however it dies, the channel closes and the trainer ends.
 */
export class TrainerProcess {
  readonly #child: ChildProcess;
  readonly exited: Promise<Exit>;
  onMessage: (message: FromTrainer) => void = () => {};
  onExit: (exit: Exit) => void = () => {};
  /** What it writes to its standard output and error. */
  onOutput: (stream: 'stdout' | 'stderr', text: string) => void = () => {};
  /** The end of what it wrote to standard error: why a process died before it could say so itself. */
  errorOutput = '';
  /** Whether this worker killed it. */
  killed = false;
  /** Most bytes that it held, as of the last look; null where the system does not say. */
  peak: number | null = null;
  /** The kernel's count of processes ended for want of memory when it began. */
  readonly oomKillsBefore = oomKills();

  constructor(engine: EngineName) {
    this.#child = fork(fileURLToPath(new URL('./trainer.js', import.meta.url)), [engine], {
      serialization: 'advanced',
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      // Nothing of the parent's own (a test runner's loader, an inspector's port) belongs into a trainer.
      execArgv: [],
      env: trainerEnvironment(process.env),
      detached: false,
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.errorOutput = (this.errorOutput + text).slice(-4000);
      this.onOutput('stderr', text);
    });
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => this.onOutput('stdout', text));
    this.#child.on('message', (message) => this.onMessage(message as FromTrainer)); // our own trainer.ts sends nothing else
    this.#child.on('error', () => {}); // a send to a dead child; its exit tells
    this.exited = new Promise((resolve) => {
      this.#child.once('exit', (code, signal) => {
        const exit = { code, signal };
        // Messages it sent before it died are still in the channel, and words in the pipes: they count.
        const closed = new Promise<void>((drained) => {
          this.#child.once('close', () => drained());
          setTimeout(drained, PIPES_MS).unref();
        });
        const silent = new Promise<void>((told) => {
          if (this.#child.connected) this.#child.once('disconnect', () => told());
          else setImmediate(told);
        });
        void Promise.all([closed, silent]).then(() => {
          resolve(exit);
          this.onExit(exit);
        });
      });
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  send(message: ToTrainer): void {
    if (this.#child.connected) this.#child.send(message, () => {});
  }

  /** Notes how much memory it holds: a dead process can no longer be asked. */
  look(): void {
    if (this.pid !== undefined) this.peak = peakMemory(this.pid) ?? this.peak;
  }

  kill(): void {
    this.killed = true;
    this.#child.kill('SIGKILL');
  }
}
