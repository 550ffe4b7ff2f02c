// npm run bench:peers [-- PACKAGE …]: a virtual environment outside the project with the frameworks that benches are measured beside.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { PEERS } from './train/pythons.ts';

const python = join(PEERS, 'bin', 'python');

/**
 * For Linux on x64, PyPI's torch is the CUDA build: 0.5 GB, and it does not load without 2.5 GB of NVIDIA's libraries
 * (torch 2.15 with --no-deps: "libcudart.so.13: cannot open shared object file"). No other name there is a CPU build.
 */
const heavy = process.platform === 'linux' && process.arch === 'x64' && process.env.TIDEMARK_PEERS_TORCH !== '1';
const asked = process.argv.slice(2);
const frameworks = ['tensorflow-cpu', 'numpy', 'scipy', 'pillow', ...(heavy ? [] : ['torch'])];
const packages = asked.length > 0 ? asked : [...frameworks, 'mlflow'];

function run(command: string, args: string[]): void {
  const { status } = spawnSync(command, args, { stdio: 'inherit' });
  if (status !== 0) {
    console.error(`\n${command} ${args.join(' ')} failed. Benches then run without the peers that are missing.`);
    process.exit(1);
  }
}

mkdirSync(PEERS, { recursive: true });
if (!existsSync(python)) run('python3', ['-m', 'venv', PEERS]);
console.log(`Installing ${packages.join(', ')} into ${PEERS} (some hundred megabytes)`);
run(python, ['-m', 'pip', 'install', '--quiet', '--retries', '1', '--timeout', '20', '--upgrade', ...packages]);
if (heavy && asked.length === 0) {
  console.log(
    "Without torch: PyPI's build for this platform needs 3 GB of CUDA libraries. TIDEMARK_PEERS_TORCH=1 installs it all the same; a distribution's torch in python3 is found, too.",
  );
}
console.log('Done. The benches find it by themselves.');
