import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type Client, createClient } from '@tidemark/client';
import type { WorkerEvent } from '@tidemark/worker/main';
import { until } from '../support/until.ts';

/** A child process that prints JSON lines. */
class Talker<T extends { type: string }> {
  readonly child: ChildProcess;
  readonly events: T[] = [];
  readonly exited: Promise<number | null>;
  errors = '';
  alive = true;
  /** Told of each event as it arrives. */
  onEvent: (event: T) => void = () => {};

  constructor(script: string, args: string[]) {
    const file = fileURLToPath(new URL(script, import.meta.url));
    this.child = spawn(process.execPath, [file, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    createInterface({ input: this.child.stdout! }).on('line', (line) => {
      if (!line.startsWith('{')) return;
      const event = JSON.parse(line) as T;
      this.events.push(event);
      this.onEvent(event);
    });
    this.child.stderr!.on('data', (data) => {
      this.errors += data;
    });
    this.exited = new Promise((resolve) => {
      this.child.on('exit', (code) => {
        this.alive = false;
        resolve(code);
      });
    });
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<number | null> {
    this.child.kill(signal);
    return this.exited;
  }
}

export class WorkerProcess extends Talker<WorkerEvent> {
  constructor(dataDir: string, { url, token }: Address, options: Record<string, unknown> = {}) {
    super('./work.js', [dataDir, url, token, JSON.stringify(options)]);
  }

  ready(): Promise<unknown> {
    return until('the worker to be idle', () => this.of('idle').length > 0 || this.dead());
  }

  of<K extends WorkerEvent['type']>(type: K): Extract<WorkerEvent, { type: K }>[] {
    return this.events.filter((event): event is Extract<WorkerEvent, { type: K }> => event.type === type);
  }

  /** The step of the newest progress. */
  get step(): number {
    return this.of('progress').at(-1)?.progress.step ?? 0;
  }

  /** Process number of the newest run's trainer. */
  get trainer(): number | null {
    return this.of('claimed').at(-1)?.trainer ?? null;
  }

  dead(): false {
    if (!this.alive) throw new Error(`The worker ended:\n${this.errors}`);
    return false;
  }
}

export interface Address {
  url: string;
  token: string;
}

/** A server with a data folder, that can be killed and started again at the same address. */
export class ServerProcess {
  readonly #dataDir: string;
  #talker: Talker<{ type: 'serving' | 'ahead'; url: string }>;
  #port = 0;

  private constructor(dataDir: string) {
    this.#dataDir = dataDir;
    this.#talker = new Talker('./serve.js', [dataDir, '0']);
  }

  static async start(dataDir: string): Promise<ServerProcess> {
    const server = new ServerProcess(dataDir);
    await server.#serving();
    return server;
  }

  get address(): Address {
    return JSON.parse(readFileSync(join(this.#dataDir, 'server.json'), 'utf8')) as Address;
  }

  get client(): Client {
    return createClient(this.address);
  }

  /** Its resident memory, as the system counts it. */
  get rssMb(): number {
    const kilobytes = execFileSync('ps', ['-o', 'rss=', '-p', String(this.#talker.child.pid)], { encoding: 'utf8' });
    return (Number(kilobytes) * 1024) / 1e6;
  }

  async kill(): Promise<void> {
    await this.#talker.kill();
  }

  /** Its clock jumps ten minutes: every lease has run out. */
  async jump(): Promise<void> {
    const before = this.#talker.events.length;
    this.#talker.child.kill('SIGUSR2');
    await until('the clock to jump', () => this.#talker.events.length > before);
  }

  async restart(): Promise<void> {
    this.#talker = new Talker('./serve.js', [this.#dataDir, String(this.#port)]);
    await this.#serving();
  }

  async #serving(): Promise<void> {
    const talker = this.#talker;
    const { url } = await until('the server to answer', () => {
      if (!talker.alive) throw new Error(`The server ended:\n${talker.errors}`);
      return talker.events[0];
    });
    this.#port = Number(new URL(url).port);
  }
}
