// npm run dev: the server, restarted when its sources change, and Vite's own server for the dashboard in front of it.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const require = createRequire(import.meta.url);
const binary = (name, file) => join(dirname(require.resolve(`${name}/package.json`)), file);
const children = [
  [
    binary('tsx', 'dist/cli.mjs'),
    'watch',
    '--clear-screen=false',
    '--exclude',
    'web/**',
    'cli/bin.js',
    'serve',
    '--dev',
    ...process.argv.slice(2),
  ],
  [binary('vite', 'bin/vite.js'), 'web', '--clearScreen', 'false'],
].map((args) => spawn(process.execPath, args, { cwd: root, stdio: 'inherit' }));

let ending = false;
function end(code) {
  if (ending) return;
  ending = true;
  for (const child of children) child.kill('SIGTERM');
  process.exitCode = code;
}
for (const child of children) child.on('exit', (code) => end(code ?? 0));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => end(130));
