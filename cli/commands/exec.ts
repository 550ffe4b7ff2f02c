import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import type { Readable, Writable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { machineSources } from '@tidemark/client/node/capture/system/machine';
import { openRun } from '@tidemark/client/node/open-run';
import type { Ending } from '@tidemark/client/node/record';
import type { ScriptRun } from '@tidemark/client/node/script-run';
import { findSettings } from '@tidemark/client/node/settings';
import { spoolFolder } from '@tidemark/client/node/sync';
import { wanted, wantedGit } from '@tidemark/client/node/wanted';
import type { Connection } from '../context.ts';
import { EXIT, Failure } from '../failure.ts';

interface Options extends Connection {
  experiment?: string;
  name?: string;
  note?: string;
  tag?: string[];
  param?: string[];
}

/** A program that was asked to stop, because its run was cancelled, has so long (ms). */
const STOP_MS = 30_000;
/** As shells have it. */
const NOT_FOUND = 127;

/** Runs a program as a run: what it prints, what it runs on, how it ends. Its exit code is this process's. */
export async function exec(command: [string, ...string[]], options: Options): Promise<void> {
  const { api, token, project, experiment, name, note } = options;
  const config = Object.fromEntries(pairs(options.param).map(([key, value]) => [key, parsed(value)]));
  let child: ChildProcess | null = null;
  const run = await openRun(
    {
      ...given({ url: api, token, project, experiment, name, note }),
      config,
      tags: Object.fromEntries(pairs(options.tag)),
    },
    {
      console: false,
      system: wanted('system') ? machineSources(spoolFolder(), () => child?.pid) : null,
      environment: wanted('environment') ? { command, git: wantedGit(), runtime: runtimeOf(command[0]) } : null,
    },
  );
  child = start(command, environmentOf(run, options));
  const ending = await watched(child, command, run, wanted('console'));
  await run.finish(ending.of);
  process.exitCode = ending.exit;
}

function start([file, ...args]: [string, ...string[]], env: NodeJS.ProcessEnv): ChildProcess {
  return spawn(file, args, { stdio: ['inherit', 'pipe', 'pipe'], env });
}

/** What a program needs to add to its run: by calls of the API, whatever it is written in. */
function environmentOf(run: ScriptRun, { api, token, project }: Options): NodeJS.ProcessEnv {
  const settings = findSettings(given({ url: api, token, project }));
  return {
    // A pipe makes Python keep its output back.
    PYTHONUNBUFFERED: '1',
    ...process.env,
    TIDEMARK_RUN: run.id,
    ...(settings ? { TIDEMARK_URL: settings.url } : {}),
    ...(settings?.token ? { TIDEMARK_TOKEN: settings.token } : {}),
    ...(settings?.project ? { TIDEMARK_PROJECT: settings.project } : {}),
  };
}

async function watched(
  child: ChildProcess,
  [file]: readonly [string, ...string[]],
  run: ScriptRun,
  console: boolean,
): Promise<{ of: Ending; exit: number }> {
  // The terminal's Ctrl-C reaches the program too; what else comes is passed on. The program decides what it means.
  const passed = { SIGINT: !process.stdin.isTTY, SIGTERM: true, SIGHUP: true };
  let asked: NodeJS.Signals | null = null;
  const listeners = Object.entries(passed).map(([name, pass]): [NodeJS.Signals, () => void] => {
    const signal = name as keyof typeof passed; // its keys
    const listener = () => {
      asked = signal;
      if (pass) child.kill(signal);
    };
    process.on(signal, listener);
    return [signal, listener];
  });
  let killer: NodeJS.Timeout | undefined;
  const cancel = () => {
    child.kill('SIGTERM');
    killer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  };
  if (run.signal.aborted) cancel();
  else run.signal.addEventListener('abort', cancel, { once: true });
  const print = (stream: 'stdout' | 'stderr') => (text: string) => console && run.print(stream, text);
  show(child.stdout!, process.stdout, print('stdout')); // both are pipes, as `start` has them
  show(child.stderr!, process.stderr, print('stderr'));
  try {
    const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
    const cancelled = run.signal.aborted || (asked !== null && code !== 0);
    return { of: endingOf(file, { code, signal, cancelled }), exit: code ?? 128 + constants.signals[signal!] };
  } catch (error) {
    const message = `${file} could not be started: ${error instanceof Error ? error.message : String(error)}`;
    process.stderr.write(`${message}\n`);
    return { of: { outcome: 'failed', error: { code: 'not_started', message } }, exit: NOT_FOUND };
  } finally {
    clearTimeout(killer);
    for (const [signal, listener] of listeners) process.off(signal, listener);
  }
}

function endingOf(
  file: string,
  { code, signal, cancelled }: { code: number | null; signal: NodeJS.Signals | null; cancelled: boolean },
): Ending {
  if (code === 0) return { outcome: cancelled ? 'cancelled' : 'finished' };
  const message = signal ? `${file} was ended by ${signal}.` : `${file} ended with exit code ${code}.`;
  return { outcome: cancelled ? 'cancelled' : 'failed', error: { code: signal ?? 'exit', message } };
}

/** Passes bytes on as they are, no faster than they are taken, and tells them as text. */
function show(from: Readable, to: Writable, print: (text: string) => void): void {
  const decoder = new StringDecoder('utf8');
  from.on('data', (bytes: Buffer) => print(decoder.write(bytes)));
  from.pipe(to, { end: false });
  // Its reader is gone (`| head`): the program goes on, and is recorded to its end.
  to.removeAllListeners('error').on('error', () => {
    from.unpipe(to);
    from.resume();
  });
}

function pairs(texts: readonly string[] = []): [string, string][] {
  return texts.map((text) => {
    const equals = text.indexOf('=');
    if (equals < 1) throw new Failure(`${text} is not of the form key=value.`, { exit: EXIT.usage });
    return [text.slice(0, equals), text.slice(equals + 1)];
  });
}

/** `0.1`, `true`, `null` and so on as JSON has them; all else is text. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Its version would be a guess. */
const runtimeOf = (file: string): { name: string; version: string } => ({
  name: file.replace(/^.*[\\/]/, '').slice(0, 50),
  version: '',
});

/** Without what is undefined: an option that was not given is none. */
const given = <T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  }; // the filter makes it so
