import { spawn } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';

const checkout = fileURLToPath(new URL('..', import.meta.url));
/** What the dashboard is made of. */
const SOURCES = ['web', 'client', 'training', 'api/contract', 'package-lock.json'];

export type Built =
  | { state: 'fresh' }
  | { state: 'built'; seconds: number }
  /** It could not be built; an older build may still be there. */
  | { state: 'failed'; reason: string };

/** Builds web/dist when it is missing or older than its sources. The build runs in a process of its own, so that its memory goes again. */
export async function buildDashboard(onStart: () => void, root = checkout): Promise<Built> {
  const index = join(root, 'web', 'dist', 'index.html');
  const built = existsSync(index) ? statSync(index).mtimeMs : Number.NEGATIVE_INFINITY;
  if (!existsSync(join(root, 'web', 'vite.config.ts')) || newest(SOURCES.map((path) => join(root, path))) <= built) {
    return { state: 'fresh' };
  }
  onStart();
  const started = performance.now();
  let vite: string;
  try {
    vite = join(dirname(createRequire(import.meta.url).resolve('vite/package.json')), 'bin', 'vite.js');
  } catch {
    return { state: 'failed', reason: 'Vite is not installed; `npm ci` brings it' };
  }
  const reason = await new Promise<string | null>((resolve) => {
    const child = spawn(process.execPath, [vite, 'build', 'web', '--logLevel', 'warn'], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      // A test runner or a shell that says otherwise would get React's development build.
      env: { ...process.env, NODE_ENV: 'production' },
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (output += data.toString()));
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code) => resolve(code === 0 ? null : brief(output) || `exit code ${code}`));
  });
  return reason === null
    ? { state: 'built', seconds: (performance.now() - started) / 1000 }
    : { state: 'failed', reason };
}

/** The message without the bundler's own stack. */
const brief = (output: string): string =>
  stripVTControlCharacters(output)
    .split('\n')
    .filter((line) => line.trim() !== '' && !/^\s+at /.test(line))
    .slice(0, 10)
    .join('\n');

/** The newest change under these paths, in milliseconds. */
function newest(paths: readonly string[]): number {
  let latest = 0;
  for (const path of paths) {
    const info = statSync(path, { throwIfNoEntry: false });
    if (!info) continue;
    if (!info.isDirectory()) latest = Math.max(latest, info.mtimeMs);
    else {
      const inner = readdirSync(path).filter((name) => name !== 'node_modules' && name !== 'dist');
      latest = Math.max(latest, newest(inner.map((name) => join(path, name))));
    }
  }
  return latest;
}
