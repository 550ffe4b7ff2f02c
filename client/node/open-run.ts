import { join } from 'node:path';
import { createClient } from '../call.ts';
import { writeUnseen } from './console/tap.ts';
import { Journal } from './journal.ts';
import { toParams } from './params.ts';
import type { CreateBody } from './record.ts';
import { newRunId } from './run-id.ts';
import { type Say, ScriptRun } from './script-run.ts';
import { findSettings, modeOf } from './settings.ts';
import { spoolFolder, syncSpool } from './sync.ts';

export interface RunOptions {
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
}

/** A run that this process writes, through a journal of its own. @throws ApiError when the server refuses what was given here */
export async function openRun(options: RunOptions, recorded: Parameters<ScriptRun['record']>[0]): Promise<ScriptRun> {
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
  run.record(recorded);
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

/** One line on standard error for each thing there is to say, and an end to it. */
function speaker(quiet: boolean): Say {
  const said = new Set<string>();
  return (about, message) => {
    if (quiet || said.has(about) || said.size >= 50) return;
    said.add(about);
    writeUnseen(`tidemark: ${message}\n`);
  };
}
