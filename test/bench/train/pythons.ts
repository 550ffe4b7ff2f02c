import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The virtual environment that `npm run bench:peers` makes, outside the project's folders. */
export const PEERS = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'tidemark', 'peers');

const made = join(PEERS, 'bin', 'python');

/** Pythons to look for peers in: TIDEMARK_PEERS_PYTHON's, the one that bench:peers made, python3. */
function pythons(): string[] {
  const named = (process.env.TIDEMARK_PEERS_PYTHON ?? '').split(delimiter).filter(Boolean);
  return [...named, ...(existsSync(made) ? [made] : []), 'python3'];
}

const imports = (python: string, module: string): boolean =>
  spawnSync(python, ['-c', `import importlib.util as u, sys; sys.exit(0 if u.find_spec('${module}') else 1)`])
    .status === 0;

/** The first python that has a module. */
export const pythonWith = (module: string): string | null => pythons().find((p) => imports(p, module)) ?? null;

/** Puts these packages, or all, into the peers' environment where python3 can make one, unless TIDEMARK_PEERS is `none`. */
export function makePeers(...packages: string[]): void {
  if (process.env.TIDEMARK_PEERS === 'none' || !imports('python3', 'venv')) return;
  const missing = packages.join(', ') || 'TensorFlow';
  console.error(`No python here has ${missing}: making an environment with it (TIDEMARK_PEERS=none does without).`);
  const script = fileURLToPath(new URL('../peers.ts', import.meta.url));
  const { status } = spawnSync(process.execPath, [...process.execArgv, script, ...packages], {
    stdio: ['ignore', 2, 2],
  });
  if (status !== 0) console.error('That failed; going on without.');
}
