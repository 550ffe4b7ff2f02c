import { join } from 'node:path';
import { createClient } from './call.ts';
import { machineSources } from './node/capture/system/machine.ts';
import { writeUnseen } from './node/console/tap.ts';
import { Journal } from './node/journal.ts';
import { toParams } from './node/params.ts';
import type { CreateBody } from './node/record.ts';
import { newRunId } from './node/run-id.ts';
import { type Say, ScriptRun } from './node/script-run.ts';
import { findSettings, modeOf } from './node/settings.ts';
import { spoolFolder, syncSpool } from './node/sync.ts';

export interface InitOptions {
  /** Default: `default`. */
  experiment?: string;
  name?: string;
  /** Hyper-parameters; nested objects become params with dots: `optimizer.lr`. */
  config?: Readonly<Record<string, unknown>>;
  tags?: Record<string, string>;
  note?: string;
  /** The server; else TIDEMARK_URL, else the local `data/server.json`. */
  url?: string;
  token?: string;
  project?: string;
  /** `offline`: no call is made; the run is kept on the disk until `tidemark sync` sends it. Else TIDEMARK_MODE, else `online`. */
  mode?: 'online' | 'offline';
  /** Seconds that `init` waits for the server before the run goes on without it. Default 10. */
  waitSeconds?: number;
  /** No line on standard error. */
  quiet?: boolean;
  /** Streams what this process prints to the run. Default true; TIDEMARK_CONSOLE=off switches it off. */
  console?: boolean;
  /** Logs the machine's figures as `system/…` every 15 s. Default true; TIDEMARK_SYSTEM=off. */
  system?: boolean;
  /**
   * Records the commit, and what differs from it as an artifact; `no diff`: only the commit. Default true; TIDEMARK_GIT=off or `no diff`.
   */
  git?: boolean | 'no diff';
  /** Records command, machine, packages and git. Default true; TIDEMARK_ENVIRONMENT=off. */
  environment?: boolean;
}

/**
 * Starts a run that this script writes. A server that is away, or a token it does not take, stops nothing: the run is kept on the
 * disk and sent later.
 * @throws ApiError when the server refuses what was given here: a bad name, say, or a project that does not exist.
 */
export async function init(options: InitOptions = {}): Promise<ScriptRun> {
  const { now } = Date;
  const rng = Math.random;
  const say = speaker(options.quiet ?? false);
  const offline = modeOf(options.mode) === 'offline';
  const settings = offline ? null : findSettings(options);
  const id = newRunId(now(), rng);
  const create: CreateBody = { id, experiment: options.experiment ?? 'default' };
  if (options.name !== undefined) create.name = options.name;
  if (options.tags !== undefined) create.tags = options.tags;
  if (options.note !== undefined) create.note = options.note;
  if (options.config !== undefined) create.params = toParams(options.config);

  const folder = spoolFolder();
  const path = join(folder, `${id}.journal`);
  const journal = Journal.create(path, {
    url: settings?.url ?? null,
    // A project that is named is meant, wherever the run is sent; without a server none is.
    project: (settings ? settings.project : options.project || process.env.TIDEMARK_PROJECT) ?? null,
    create,
  });
  const noDisk = () => say('disk', `cannot write ${path}: points that the server does not take are in memory only.`);
  journal.onDiskError = noDisk;
  if (!journal.onDisk) noDisk();

  const client = settings ? createClient(settings) : null;
  const run = new ScriptRun({ id, token: settings?.token, journal, client, rng, now, say });
  run.record(recorded(options, folder));
  if (client) {
    await run.start((options.waitSeconds ?? 10) * 1000);
    void syncSpool({ folder, client, rng }).catch(() => {});
  } else if (offline) {
    say('offline', `offline: the run is kept in ${path}; \`tidemark sync\` sends it.`);
  } else {
    say(
      'away',
      `no server: set TIDEMARK_URL and TIDEMARK_TOKEN. The run is kept in ${path}; \`tidemark sync\` sends it.`,
    );
  }
  return run;
}

/** What a run records by itself: the arguments first, then the environment. */
function recorded(options: InitOptions, folder: string): Parameters<ScriptRun['record']>[0] {
  const { env, argv, execArgv } = process;
  const wanted = (given: boolean | undefined, name: string) => given ?? !/^(off|0|false|no)$/i.test(env[name] ?? '');
  const git =
    options.git ?? (/^no[ -]diff$/i.test(env.TIDEMARK_GIT ?? '') ? 'no diff' : wanted(undefined, 'TIDEMARK_GIT'));
  const [node = 'node', script, ...rest] = argv;
  return {
    console: wanted(options.console, 'TIDEMARK_CONSOLE'),
    system: wanted(options.system, 'TIDEMARK_SYSTEM') ? machineSources(folder) : null,
    environment: wanted(options.environment, 'TIDEMARK_ENVIRONMENT')
      ? { command: [node, ...execArgv, ...(script === undefined ? [] : [script]), ...rest], script, git }
      : null,
  };
}

/** One line on standard error for each thing there is to say, and an end to it. */
function speaker(quiet: boolean): Say {
  const said = new Set<string>();
  return (about, message) => {
    if (quiet || said.has(about) || said.size >= 50) return;
    said.add(about);
    writeUnseen(`tidemark: ${message}\n`);
  };
}

export {
  confusionMatrix,
  histogram,
  histogramOf,
  prCurve,
  rocCurve,
  table,
  text,
} from './node/media/figures.ts';
export { type ImageOptions, image, type Pixels } from './node/media/image.ts';
export type { Medium } from './node/media/medium.ts';
export type { Loggable } from './node/points.ts';
export type { ScriptRun } from './node/script-run.ts';
