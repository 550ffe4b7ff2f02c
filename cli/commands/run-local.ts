import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { getRun, type RunDetail } from '@tidemark/api/contract/runs';
import { newRunId } from '@tidemark/client/node/run-id';
import { spoolFolder } from '@tidemark/client/node/sync';
import { runWorker } from '@tidemark/worker/main';
import colors from 'picocolors';
import { EXIT, Failure } from '../failure.ts';
import { explainDevice } from '../local/explain-device.ts';
import { type LocalRun, localFolder, localRuns, openLocal } from '../local/open-local.ts';
import { readRunConfig, registerRun } from '../run-config.ts';

interface Options {
  set?: string[];
  name?: string;
  experiment?: string;
  resume?: string;
  engine?: 'onnx' | 'tfjs';
  device?: 'auto' | 'cpu' | 'webgpu' | 'cuda';
  threads?: number;
  dataRoot?: string[];
  environment?: boolean;
  system?: boolean;
  json?: boolean;
}

const RETRY_MS = 1000;

// Training without a server is training with one of its own: in this process, on loopback, on a folder for this run alone. So the
// run is recorded by the code that records every run, survives a kill as every run does, and leaves as an archive.

/** Trains a config without any server; `tidemark sync` sends the run later. With `resume`, goes on with one that was stopped. */
export async function runLocal(path: string | undefined, options: Options): Promise<void> {
  if ((path === undefined) === (options.resume === undefined))
    throw new Failure('Give a config, or --resume RUN.', { exit: EXIT.usage });
  const json = options.json ?? false;
  const spool = spoolFolder();
  const file = path === undefined ? null : readRunConfig(path, options.set, json);
  if (path !== undefined && !file) return;
  const id = options.resume === undefined ? newRunId(Date.now(), Math.random) : waiting(spool, options.resume);
  mkdirSync(localFolder(spool, id), { recursive: true, mode: 0o700 });
  const local = await openLocal(spool, id);
  if (!local) throw new Failure(`Another process trains or sends ${id.slice(-8)} just now.`);
  let known = file === null;
  try {
    if (file) known = (await registerRun(local.client, file, { ...options, id })) !== null;
    if (!known) return;
    if (!json) console.log(colors.dim(`Kept in ${local.folder}\nSee it while it runs: ${local.loginUrl}`));
    conclude(await train(local, options), local.folder, json);
  } catch (error) {
    // It could not begin here (a device that is missing, say): nothing of it is worth keeping.
    if (file && error instanceof Failure) known = false;
    throw error;
  } finally {
    await local.close();
    if (!known) rmSync(local.folder, { recursive: true, force: true });
  }
}

function waiting(spool: string, ref: string): string {
  const found = ref.length < 4 ? [] : localRuns(spool).filter((id) => id.endsWith(ref.toLowerCase()));
  const [id] = found;
  if (id && found.length === 1) return id;
  throw new Failure(`${found.length === 0 ? 'No run' : 'More than one run'} in ${spool} ends with ${ref}.`, {
    hint: '`tidemark sync` names those that have not ended.',
    exit: found.length === 0 ? EXIT.notFound : EXIT.usage,
  });
}

/** Until the run has ended, or the first SIGINT or SIGTERM: then it has a checkpoint to go on from. */
async function train({ id, folder, url, token, client }: LocalRun, options: Options): Promise<RunDetail> {
  const stop = new AbortController();
  const { signal } = stop;
  const onSignal = () => {
    if (signal.aborted) process.exit(EXIT.interrupted);
    stop.abort();
  };
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, onSignal);
  const { engine, device, threads, dataRoot, environment, system, json } = options;
  const what = { engine, device, threads, dataRoots: dataRoot, environment, system, json };
  try {
    for (;;) {
      await runWorker({
        url,
        token,
        dataDir: folder,
        slots: 1,
        once: true,
        handleSignals: false,
        signal,
        ...what,
      }).catch(explainDevice);
      const run = await client.call(getRun, { params: { id } });
      if (run.endedAt !== null || signal.aborted) return run;
      // An error of its own is tried again after a pause, as often as the config says.
      await delay(RETRY_MS, undefined, { signal }).catch(() => {});
    }
  } finally {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.off(name, onSignal);
  }
}

function conclude(run: RunDetail, folder: string, json: boolean): void {
  if (run.endedAt === null) process.exitCode = EXIT.interrupted;
  else {
    // Decoded images are made again by whoever needs them.
    rmSync(join(folder, 'cache'), { recursive: true, force: true });
    if (run.status === 'failed') process.exitCode = EXIT.failed;
  }
  const { id, status, experiment, name } = run;
  if (json) {
    console.log(JSON.stringify({ type: 'local', run: id, status, experiment, name, folder }));
    return;
  }
  const next =
    run.endedAt === null
      ? `go on: tidemark run local --resume ${id.slice(-8)}`
      : `send it: tidemark sync, with --api and --token or TIDEMARK_URL and TIDEMARK_TOKEN`;
  console.log(`${experiment} ${name} is ${run.endedAt === null ? 'stopped' : status}; ${next}`);
}
