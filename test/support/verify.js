// npm run verify: format, lint, dependency direction, types, unused exports and file size, side by side, in seconds.
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const bin = (name) => join('node_modules', '.bin', name);
const folders = ['api', 'db', 'training', 'client', 'cli', 'worker', 'web', 'test'];

function run(name, command, args, check = () => '') {
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
      const complaint = code === 0 ? check(output) : '';
      resolve({
        name,
        ok: code === 0 && !complaint,
        output: complaint || output,
        seconds: (performance.now() - started) / 1000,
      });
    });
  });
}

/** With a parser missing, dependency-cruiser sees no TypeScript and passes: so it must say that it saw our modules. */
function sawModules(output) {
  const seen = Number(/(\d+) modules/.exec(output)?.[1] ?? 0);
  const files = folders.flatMap(sources).length;
  return seen >= files * 0.8
    ? ''
    : `dependency-cruiser saw ${seen} modules, but there are ${files} source files\n${output}`;
}

function sources(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|tsx)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !/node_modules|\/dist\/|\/fixtures\/|\/migrations\//.test(path));
}

function fileSizes() {
  const long = folders.flatMap(sources).filter((path) => readFileSync(path, 'utf8').split('\n').length > 501);
  return { name: 'size', ok: long.length === 0, output: `over 500 lines:\n${long.join('\n')}`, seconds: 0 };
}

mkdirSync('.tsbuild', { recursive: true });
const results = await Promise.all([
  run('format and lint', bin('biome'), ['check', '--max-diagnostics=40', '.']),
  run('types', bin('tsc'), ['-b']),
  run('dependencies', bin('depcruise'), ['--config', '.dependency-cruiser.cjs', ...folders], sawModules),
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
