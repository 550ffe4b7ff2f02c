import { machineSources } from './node/capture/system/machine.ts';
import { openRun, type RunOptions } from './node/open-run.ts';
import type { ScriptRun } from './node/script-run.ts';
import { spoolFolder } from './node/sync.ts';
import { wanted, wantedGit } from './node/wanted.ts';

export interface InitOptions extends RunOptions {
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
export const init = (options: InitOptions = {}): Promise<ScriptRun> => openRun(options, recorded(options));

/** What a run records by itself: the arguments first, then the environment. */
function recorded(options: InitOptions): Parameters<ScriptRun['record']>[0] {
  const { argv, execArgv } = process;
  const [node = 'node', script, ...rest] = argv;
  return {
    console: options.console ?? wanted('console'),
    system: (options.system ?? wanted('system')) ? machineSources(spoolFolder()) : null,
    environment:
      (options.environment ?? wanted('environment'))
        ? {
            command: [node, ...execArgv, ...(script === undefined ? [] : [script]), ...rest],
            script,
            git: options.git ?? wantedGit(),
          }
        : null,
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
