import type { Environment } from '@tidemark/api/contract/environment';
import { maskText } from './mask-command.ts';
import { runCommand } from './run-command.ts';

export interface GitState {
  readonly git: NonNullable<Environment['git']>;
  /** Of the commit's files, as `git apply` takes it; null: there is none, it is larger than asked for, or was not asked for. */
  readonly diff: string | null;
}

const QUIET = { GIT_OPTIONAL_LOCKS: '0', GIT_TERMINAL_PROMPT: '0', LC_ALL: 'C' };
/** A monitor or a filter that the repository names is not run. */
const PLAIN = ['-c', 'core.fsmonitor=false', '-c', 'core.quotePath=false'];

/** The commit that a folder is at, and how it differs; null where there is no commit, or no git. @param diffBytes of a diff at most; 0: none */
export async function gitState(folder: string, diffBytes: number): Promise<GitState | null> {
  const git = (args: string[], maxBytes?: number) =>
    runCommand('git', [...PLAIN, ...args], {
      cwd: folder,
      env: { ...process.env, ...QUIET },
      ...(maxBytes === undefined ? {} : { maxBytes }),
    });
  const commit = (await git(['rev-parse', '--verify', 'HEAD']))?.trim();
  if (!commit) return null;
  const [branch, remote, status] = await Promise.all([
    git(['symbolic-ref', '--short', '-q', 'HEAD']),
    git(['config', '--get', 'remote.origin.url']),
    git(['status', '--porcelain', '--untracked-files=normal'], 16 << 20),
  ]);
  const files = (status ?? '').split('\n').filter(Boolean);
  const untracked = files.filter((line) => line.startsWith('??')).length;
  const changed = files.length - untracked;
  const diff =
    changed > 0 && diffBytes > 0
      ? await git(['diff', 'HEAD', '--no-color', '--no-ext-diff', '--no-textconv', '--submodule=short'], diffBytes)
      : null;
  return {
    git: {
      commit,
      branch: branch?.trim() || null,
      remote: remote?.trim() ? withoutCredentials(remote.trim()).slice(0, 2000) : null,
      changed,
      untracked,
      diff: null,
    },
    diff: diff || null,
  };
}

/** `https://user:password@host/…` without what stands before the @; the user of `git@host:…` is no secret. */
function withoutCredentials(remote: string): string {
  return maskText(remote.replace(/^([a-z+]+:\/\/)[^/@]+@/i, '$1'));
}
