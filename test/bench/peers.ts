// npm run bench:peers: a virtual environment outside the project with the frameworks that benches are measured beside.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const packages = ['tensorflow-cpu', 'torch', 'numpy', 'scipy', 'pillow'];
const folder = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'tidemark', 'peers');
const python = join(folder, 'bin', 'python');

function run(command: string, args: string[]): void {
  const { status } = spawnSync(command, args, { stdio: 'inherit' });
  if (status !== 0) {
    console.error(`\n${command} ${args.join(' ')} failed. Benches then run without the peers that are missing.`);
    process.exit(1);
  }
}

mkdirSync(folder, { recursive: true });
if (!existsSync(python)) run('python3', ['-m', 'venv', folder]);
console.log(`Installing ${packages.join(', ')} into ${folder} (some hundred megabytes)`);
run(python, ['-m', 'pip', 'install', '--upgrade', ...packages]);
console.log(`Done. \`npm run bench -- train\` finds it by itself.`);
