import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Environment } from '@tidemark/api/contract/environment';
import { createClient, openLive, type SocketLike } from '@tidemark/client';
import { captureEnvironment } from '@tidemark/client/node/capture/environment';
import { machineSources } from '@tidemark/client/node/capture/system/machine';
import WebSocket from 'ws';
import type { Clock } from './clock.ts';
import { chooseDevice, type DeviceWish, describeChoice } from './devices/choose-device.ts';
import type { Findings } from './devices/device.ts';
import { findDevices } from './devices/find-devices.ts';
import { type EngineName, openEngine } from './engine/index.ts';
import { openHome } from './home.ts';
import { hostInfo } from './host.ts';
import { monotonicMs } from './messages.ts';
import { createOutput } from './output.ts';
import type { Report } from './report.ts';
import { Supervisor } from './supervisor.ts';
import { VERSION } from './version.ts';

export type { AttemptOutcome, Report, RunName, WorkerEvent } from './report.ts';

export interface WorkerOptions {
  /** The server's address. */
  url: string;
  /** A token of scope worker. */
  token?: string | undefined;
  /** A project's slug; without, `default`. */
  project?: string | undefined;
  /** How it appears in the dashboard; default the host's name. */
  name?: string | undefined;
  labels?: readonly string[] | undefined;
  /** Runs at a time. Default 1; with several GPUs through CUDA, one each. */
  slots?: number | undefined;
  /** End when the queue has nothing for this worker. */
  once?: boolean | undefined;
  /** Spool, checkpoints, cached images. Default ./data. */
  dataDir?: string | undefined;
  engine?: EngineName | undefined;
  /** Overrides the configs' `device`. */
  device?: DeviceWish | undefined;
  /** Of the training step; default all cores, shared by the slots. */
  threads?: number | undefined;
  /** Folders that a config's `data.path` may name; the first is where relative paths start. None: any folder. */
  dataRoots?: readonly string[] | undefined;
  /** A trainer silent for so long counts as hung. Default 300. */
  progressTimeoutSeconds?: number | undefined;
  /** Seconds between checkpoints that are not the best, at ends of epochs. Default 5. */
  checkpointSeconds?: number | undefined;
  /** Whether runs record command, machine, packages and commit of this worker. Default true. */
  environment?: boolean | undefined;
  /** Whether runs have the machine's figures as `system/…`. Default true. */
  system?: boolean | undefined;
  /** Seconds between them. Default 15. */
  systemSeconds?: number | undefined;
  /** JSON lines; default when standard output is no terminal. */
  json?: boolean | undefined;
  /** Instead of printing. */
  report?: Report | undefined;
  /** Drain when aborted. */
  signal?: AbortSignal | undefined;
  /** Drain on SIGTERM and SIGINT, exit on the second. Default true. */
  handleSignals?: boolean | undefined;
}

const clock: Clock = {
  now: Date.now,
  monotonic: monotonicMs,
  sleep: (ms, signal) => delay(ms, undefined, signal ? { signal } : {}),
  random: Math.random,
};

/**
 * A worker: takes queued runs and trains them, until it is told to stop or, with `once`, until the queue is empty.
 * Resolves when everything it ran is delivered or given back. Rejects when the server refuses it.
 */
export async function runWorker(options: WorkerOptions): Promise<void> {
  // An optional engine that is missing is told before anything is claimed.
  if (options.engine && options.engine !== 'onnx') await openEngine(options.engine);
  const dataDir = resolve(options.dataDir ?? process.env.TIDEMARK_DATA_DIR ?? 'data');
  const home = openHome(dataDir);
  const output = options.report ? { report: options.report, close: () => {} } : createOutput(options.json);
  const client = createClient({ url: options.url, token: options.token, project: options.project });
  const host = await hostInfo(VERSION);
  const engine = options.engine ?? 'onnx';
  const findings = engine === 'onnx' ? await searched(options.device) : NOTHING;
  const wish = engine === 'onnx' ? (options.device ?? 'auto') : 'cpu';
  // A device that is named and missing ends the worker here, before it takes a run.
  const choice = chooseDevice(wish, '--device', findings);
  const gpus = findings.devices.filter(({ kind }) => kind === choice.device?.kind).length;
  const slots = options.slots ?? Math.max(1, gpus);
  const threads = options.threads ?? (slots > 1 ? Math.max(1, Math.floor(host.cores / slots)) : undefined);
  const identity = {
    id: home.id,
    name: options.name ?? host.hostname,
    labels: options.labels ?? [],
    slots,
    engine,
    device: describeChoice(choice).slice(0, 200),
    host,
  };
  const supervisor = new Supervisor({
    client,
    clock,
    report: output.report,
    folder: home.folder,
    cache: join(dataDir, 'cache'),
    server: { url: options.url, token: options.token, project: options.project },
    identity,
    trainer: {
      device: options.device,
      findings,
      threads,
      dataRoots: options.dataRoots ?? [],
      checkpointSeconds: options.checkpointSeconds ?? 5,
      longCheckpointSeconds: 300,
    },
    environment: options.environment === false ? Promise.resolve(null) : environmentOf(),
    machine:
      options.system === false
        ? null
        : (pid) => ({
            sources: machineSources(dataDir, () => pid),
            everyMs: (options.systemSeconds ?? 15) * 1000,
          }),
    progressTimeoutMs: (options.progressTimeoutSeconds ?? 300) * 1000,
    stopTimeoutMs: 60_000,
    once: options.once ?? false,
    openHints: (hint) => {
      const live = openLive({
        base: client.base,
        onHint: hint,
        // The claims' own pauses are the poll.
        pollMs: { first: 30_000, cap: 60_000 },
        connect: (url) =>
          new WebSocket(`${url}?topics=queue`, {
            headers: options.token ? { authorization: `Bearer ${options.token}` } : {},
            handshakeTimeout: 10_000,
          }) as SocketLike, // its handlers have the browser's names and are set the same way
        rng: Math.random,
        setTimer: (run, ms) => setTimeout(run, ms),
        clearTimer: (timer) => clearTimeout(timer as NodeJS.Timeout),
      });
      return () => live.close();
    },
  });

  const { id, name, labels, device } = identity;
  output.report({ type: 'started', id, name, url: options.url, labels, slots, device });
  const forget = options.handleSignals === false ? () => {} : drainOnSignals(supervisor);
  const onAbort = () => supervisor.drain('asked to stop');
  options.signal?.addEventListener('abort', onAbort, { once: true });
  if (options.signal?.aborted) onAbort();
  try {
    await supervisor.run();
  } finally {
    options.signal?.removeEventListener('abort', onAbort);
    forget();
    output.close();
    home.leave();
  }
}

/** What a worker runs on and from: the commit is that of its own code. */
async function environmentOf(): Promise<Environment | null> {
  try {
    const script = fileURLToPath(new URL('.', import.meta.url));
    return (await captureEnvironment({ command: process.argv, script, git: 'no diff' })).environment;
  } catch {
    return null;
  }
}

const NOTHING: Findings = { devices: [], missing: [] };

/** The GPUs that a worker started so may want: a config may name one where its flag leaves the choice. */
const searched = async (device: DeviceWish | undefined): Promise<Findings> => {
  if (device === 'cpu') return NOTHING;
  return device === 'webgpu' || device === 'cuda' ? findDevices([device]) : findDevices();
};

/** The first signal drains, the second exits: what was not delivered stays in the spool for the next start. */
function drainOnSignals(supervisor: Supervisor): () => void {
  let signalled = false;
  const onSignal = (signal: NodeJS.Signals) => {
    if (signalled) process.exit(signal === 'SIGINT' ? 130 : 143);
    signalled = true;
    supervisor.drain(signal);
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  return () => {
    process.off('SIGTERM', onSignal);
    process.off('SIGINT', onSignal);
  };
}
