// npm run verify: format, lint, dependency direction, types, unused exports and file size, side by side, in seconds.
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brokenDirections, sources } from './directions.js';

const bin = (name) => join('node_modules', '.bin', name);

function run(name, command, args) {
  const started = performance.now();
  return new Promise((resolve) => {
    let output = '';
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, FORCE_COLOR: '0' },
    });
    child.stdout.on('data', (data) => {
      output += data;
    });
    child.stderr.on('data', (data) => {
      output += data;
    });
    child.on('error', (error) => resolve({ name, ok: false, output: error.message, seconds: 0 }));
    child.on('close', (code) => {
      resolve({ name, ok: code === 0, output, seconds: (performance.now() - started) / 1000 });
    });
  });
}

function directions() {
  const started = performance.now();
  const complaints = brokenDirections();
  const seconds = (performance.now() - started) / 1000;
  return { name: 'directions', ok: complaints.length === 0, output: complaints.join('\n'), seconds };
}

function fileSizes() {
  const long = sources().filter((path) => readFileSync(path, 'utf8').split('\n').length > 501);
  return { name: 'size', ok: long.length === 0, output: `over 500 lines:\n${long.join('\n')}`, seconds: 0 };
}

mkdirSync('.tsbuild', { recursive: true });
const results = await Promise.all([
  run('format and lint', bin('biome'), ['check', '--max-diagnostics=40', '.']),
  run('types', bin('tsc'), ['-b']),
  directions(),
  run('unused', bin('knip'), ['--no-progress']),
  fileSizes(),
]);
for (const { name, ok, output, seconds } of results) {
  console.log(`${ok ? 'ok  ' : 'FAIL'} ${name.padEnd(16)} ${seconds.toFixed(1)} s`);
  if (!ok)
    console.log(
      output
        .trimEnd()
        .split('\n')
        .map((line) => `     ${line}`)
        .join('\n'),
    );
}
process.exit(results.every(({ ok }) => ok) ? 0 : 1);
