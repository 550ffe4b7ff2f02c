import { type CaptureOptions, captureEnvironment, DIFF_PATH } from './capture/environment.ts';
import type { SystemSources } from './capture/system/sources.ts';
import { startSampling } from './capture/system/start.ts';
import { LineRate } from './console/line-rate.ts';
import { type ConsoleLine, LineAssembler } from './console/lines.ts';
import { tapConsole } from './console/tap.ts';
import { sha256 } from './media/sha256.ts';
import type { Upload } from './record.ts';

// What a run records by itself beside what its script logs: where it runs and from what, the machine's figures, and what it prints.
// None of it is waited for, none of it keeps the process alive, and none of it can fail the script.

/** Lines gather for this long (ms), or until there are this many. */
const GATHER_MS = 1000;
const GATHER_LINES = 500;
/** An end waits no longer than this for what is still being found out (ms). */
const PATIENCE_MS = 3000;

export interface RecorderOptions {
  /** Whether standard output and error are streamed to the run. */
  readonly console: boolean;
  /** What to sample; null: nothing. */
  readonly system: SystemSources | null;
  /** What to look at; null: nothing. */
  readonly environment: CaptureOptions | null;
  now(): number;
  upload(upload: Upload, blobs?: ReadonlyMap<string, Uint8Array>): void;
  lines(lines: ConsoleLine[]): void;
  figures(values: Record<string, number>): void;
}

export class Recorder {
  readonly #options: RecorderOptions;
  readonly #rate = new LineRate();
  readonly #assemblers: { stdout: LineAssembler; stderr: LineAssembler };
  readonly #found: Promise<void>;
  #stops: (() => void)[] = [];
  #lines: ConsoleLine[] = [];
  #stopped = false;

  constructor(options: RecorderOptions) {
    this.#options = options;
    const emit = (line: ConsoleLine) => this.#line(line);
    this.#assemblers = { stdout: new LineAssembler('stdout', emit), stderr: new LineAssembler('stderr', emit) };
    if (options.console) this.#stops.push(tapConsole((stream, text) => this.write(stream, text)));
    const timer = setInterval(() => this.#tick(), GATHER_MS).unref();
    this.#stops.push(() => clearInterval(timer));
    if (options.system) {
      const monotonic = () => performance.now();
      this.#stops.push(startSampling({ sources: options.system, monotonic, emit: options.figures }));
    }
    this.#found = options.environment ? this.#find(options.environment) : Promise.resolve();
  }

  /** What a program wrote, however it is cut. */
  write(stream: 'stdout' | 'stderr', text: string): void {
    if (!this.#stopped) this.#assemblers[stream].write(text, this.#options.now());
  }

  /** Resolves when all that was to be found out is, or after some seconds. */
  async settled(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, PATIENCE_MS);
    });
    await Promise.race([this.#found, late]);
    clearTimeout(timer);
  }

  /** The end: what was printed so far is handed over, and nothing more is recorded. */
  stop(): void {
    if (this.#stopped) return;
    const at = this.#options.now();
    this.#assemblers.stdout.end(at);
    this.#assemblers.stderr.end(at);
    this.#lines.push(...this.#rate.end(at));
    this.#flush();
    this.#stopped = true;
    for (const stop of this.#stops) stop();
    this.#stops = [];
  }

  async #find(options: CaptureOptions): Promise<void> {
    try {
      const { environment, diff } = await captureEnvironment(options);
      if (this.#stopped) return;
      if (diff !== null) {
        const bytes = Buffer.from(diff);
        const digest = sha256(bytes);
        const contentType = 'text/plain; charset=utf-8';
        this.#options.upload({ kind: 'artifact', path: DIFF_PATH, contentType, digest }, new Map([[digest, bytes]]));
      }
      this.#options.upload({ kind: 'environment', environment });
    } catch {
      // A machine that cannot be looked at.
    }
  }

  #tick(): void {
    const at = this.#options.now();
    this.#assemblers.stdout.tick(at);
    this.#assemblers.stderr.tick(at);
    this.#flush();
  }

  #line(line: ConsoleLine): void {
    this.#lines.push(...this.#rate.pass(line, line.at));
    if (this.#lines.length >= GATHER_LINES) this.#flush();
  }

  #flush(): void {
    if (this.#lines.length === 0) return;
    this.#options.lines(this.#lines);
    this.#lines = [];
  }
}
