import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Environment } from '@tidemark/api/contract/environment';
import { gitState } from './git.ts';
import { captureHost } from './host.ts';
import { maskCommand } from './mask-command.ts';
import { installedPackages } from './packages.ts';

/** Where the difference to the commit is kept among a run's artifacts. */
export const DIFF_PATH = 'code/changes.diff';
const DIFF_BYTES = 2 ** 20;

export interface CaptureOptions {
  /** The command line, unmasked. */
  readonly command: readonly string[];
  /** The program's file; its folder says which repository and which packages. Without, the working folder does. */
  readonly script?: string | undefined;
  /** Whether the repository is looked at; `no diff`: its difference is not kept. */
  readonly git: boolean | 'no diff';
  readonly runtime?: Environment['runtime'] | undefined;
}

export interface Captured {
  readonly environment: Environment;
  /** To be stored at `DIFF_PATH`. */
  readonly diff: string | null;
}

/** What a run runs on and from. Nothing that is missing fails; nothing here takes more than seconds. */
export async function captureEnvironment({ command, script, git, runtime }: CaptureOptions): Promise<Captured> {
  const folder = folderOf(script);
  const [host, state] = await Promise.all([
    captureHost(),
    git === false ? null : gitState(folder, git === 'no diff' ? 0 : DIFF_BYTES),
  ]);
  const diff = state?.diff ?? null;
  return {
    diff,
    environment: {
      command: maskCommand(command),
      folder: process.cwd().slice(0, 2000),
      git: state ? { ...state.git, diff: diff === null ? null : DIFF_PATH } : null,
      runtime: runtime ?? { name: 'node', version: process.version },
      packages: installedPackages(folder),
      ...host,
    },
  };
}

function folderOf(script: string | undefined): string {
  try {
    if (script) return statSync(script).isDirectory() ? script : dirname(script);
  } catch {
    // No such file: an expression on the command line, say.
  }
  return process.cwd();
}
