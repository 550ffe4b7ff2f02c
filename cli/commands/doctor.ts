import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, mkdirSync, statfsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { whoami } from '@tidemark/api/contract/tokens';
import { createClient } from '@tidemark/client';
import { findSettings } from '@tidemark/client/node/settings';
import { chooseDevice, describeChoice } from '@tidemark/worker/devices/choose-device';
import { describeDevice } from '@tidemark/worker/devices/device';
import { findDevices } from '@tidemark/worker/devices/find-devices';
import { nvidiaGpus } from '@tidemark/worker/devices/nvidia';
import colors from 'picocolors';
import type { Connection } from '../context.ts';
import { EXIT, explain } from '../failure.ts';
import { bytes } from '../terminal/format.ts';

/** `bad`: Tidemark does not work without it. `note`: it works, with less. */
interface Check {
  name: string;
  state: 'ok' | 'note' | 'bad';
  found: string;
  /** What would bring it. */
  fix?: string;
}

const require = createRequire(import.meta.url);

/** Says what is there, what is missing and the command that brings it. Exit code 1 when something needed is missing. */
export async function doctor(options: Connection & { dataDir?: string }): Promise<void> {
  const dataDir = options.dataDir ?? process.env.TIDEMARK_DATA_DIR ?? 'data';
  const checks = [
    node(),
    await loads('libsql', '@libsql/client', 'the database'),
    await loads('sharp', 'sharp', 'reading images'),
    await loads('onnxruntime', 'onnxruntime-node', 'training', () => import('onnxruntime-node')),
    ...(await gpus()),
    await nvidia(),
    await tfjs(),
    pythonPeers(),
    dataFolder(dataDir),
    disk(dataDir),
    ...(await server(options)),
  ];
  const bad = checks.some(({ state }) => state === 'bad');
  if (options.json) console.log(JSON.stringify({ ok: !bad, checks }));
  else {
    const mark = { ok: colors.green('✓'), note: colors.yellow('–'), bad: colors.red('✕') };
    for (const { name, state, found, fix } of checks) {
      console.log(`${mark[state]} ${name.padEnd(14)} ${found}`);
      if (fix) console.log(`  ${' '.repeat(14)} ${colors.dim(fix)}`);
    }
    console.log(bad ? '\nSomething that is needed is missing.' : '\nEverything that is needed is there.');
  }
  if (bad) process.exitCode = EXIT.failed;
}

function node(): Check {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const fine = major > 20 || (major === 20 && minor >= 19);
  const check: Check = {
    name: 'node',
    state: fine ? 'ok' : 'bad',
    found: `${process.version}, ${process.platform} ${process.arch}`,
  };
  return fine ? check : { ...check, fix: 'Node 20.19 or newer is needed: https://nodejs.org' };
}

async function loads(
  name: string,
  module: string,
  what: string,
  load: () => Promise<unknown> = () => import(module),
): Promise<Check> {
  try {
    await load();
    return { name, state: 'ok', found: `${versionOf(module)}, loads` };
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    return {
      name,
      state: 'bad',
      found: `${what} will not work: ${reason}`,
      fix: 'Install again in the checkout: npm ci',
    };
  }
}

function versionOf(module: string): string {
  // Not every package exports its package.json: look upwards from its entry.
  try {
    for (let folder = dirname(require.resolve(module)); folder !== dirname(folder); folder = dirname(folder)) {
      const file = join(folder, 'package.json');
      if (!existsSync(file)) continue;
      const { name, version } = require(file) as { name?: string; version?: string };
      if (name === module && version) return version;
    }
  } catch {
    // Said as unknown.
  }
  return 'unknown version';
}

/** What each provider of GPUs has here, what it lacks, and what brings that. */
async function gpus(): Promise<Check[]> {
  const kinds = ['webgpu', 'cuda'] as const;
  const findings = await findDevices(kinds);
  const checks = kinds.flatMap((name): Check[] => {
    const lack = findings.missing.find(({ kind }) => kind === name);
    if (lack) return [{ name, state: 'note', found: `no GPU: ${lack.reason}`, fix: lack.fix }];
    const found = findings.devices.filter(({ kind }) => kind === name);
    const named = found.map(describeDevice).join('; ');
    if (found.some(({ software }) => !software)) return [{ name, state: 'ok', found: named }];
    return [{ name, state: 'note', found: `${named}: software, taken only when a run or --device names webgpu` }];
  });
  const auto = describeChoice(chooseDevice('auto', '--device', findings));
  return [...checks, { name: 'device', state: 'ok', found: auto }];
}

async function nvidia(): Promise<Check> {
  const list = await nvidiaGpus(process.env.CUDA_VISIBLE_DEVICES);
  if (list.length === 0) return { name: 'nvidia', state: 'note', found: 'no NVIDIA GPU, or no nvidia-smi' };
  const found = list.map(({ name, driver, memory }) => `${name}, driver ${driver}, ${memory}`).join('; ');
  return { name: 'nvidia', state: 'ok', found };
}

async function tfjs(): Promise<Check> {
  const module: string = '@tensorflow/tfjs-node';
  try {
    await import(module);
    return { name: 'tfjs-node', state: 'ok', found: `${versionOf(module)}, the second engine` };
  } catch {
    return {
      name: 'tfjs-node',
      state: 'note',
      found: 'the second engine is not installed (optional)',
      fix: 'npm install fetches it where the network lets it',
    };
  }
}

function pythonPeers(): Check {
  const script = 'import importlib.util as u; print(" ".join(m for m in ("torch", "tensorflow") if u.find_spec(m)))';
  const { stdout } = spawnSync('python3', ['-c', script], { encoding: 'utf8', timeout: 20_000 });
  const found = stdout?.trim().split(' ').filter(Boolean) ?? [];
  if (found.length > 0) return { name: 'python peers', state: 'ok', found: `${found.join(', ')}, for benchmarks` };
  return {
    name: 'python peers',
    state: 'note',
    found: 'none; only benchmarks compare with them',
    fix: 'npm run bench:peers',
  };
}

function dataFolder(folder: string): Check {
  const name = 'data folder';
  try {
    // The nearest folder that is there decides: `serve` makes the rest.
    let probe = resolve(folder);
    while (!existsSync(probe)) probe = dirname(probe);
    if (probe === resolve(folder)) mkdirSync(probe, { recursive: true });
    accessSync(probe, constants.W_OK);
    return { name, state: 'ok', found: `${resolve(folder)}${existsSync(folder) ? '' : ' (made by serve)'}` };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return {
      name,
      state: 'bad',
      found: `${resolve(folder)} cannot be written: ${reason}`,
      fix: 'Choose another with --data-dir or TIDEMARK_DATA_DIR',
    };
  }
}

function disk(folder: string): Check {
  let probe = resolve(folder);
  while (!existsSync(probe)) probe = dirname(probe);
  const { bavail, bsize } = statfsSync(probe);
  const free = bavail * bsize;
  const check: Check = {
    name: 'free disk',
    state: free > 2 * 1024 ** 3 ? 'ok' : free > 200 * 1024 ** 2 ? 'note' : 'bad',
    found: bytes(free),
  };
  return check.state === 'ok'
    ? check
    : { ...check, fix: 'Checkpoints and cached images need room: some 100 MB per dataset and run' };
}

async function server(options: Connection): Promise<Check[]> {
  const settings = findSettings({ url: options.api, token: options.token, project: options.project });
  if (!settings)
    return [{ name: 'server', state: 'note', found: 'none is named', fix: 'Start one here: npx tidemark serve' }];
  const name = 'server';
  try {
    const health = await fetch(`${settings.url}/healthz`, { signal: AbortSignal.timeout(10_000) });
    if (!health.ok) return [{ name, state: 'bad', found: `${settings.url} answers ${health.status} to /healthz` }];
  } catch {
    const fix = `Is it running? The address comes from ${settings.from}.`;
    return [{ name, state: 'bad', found: `${settings.url} does not answer`, fix }];
  }
  const reached: Check = { name, state: 'ok', found: `${settings.url} answers (from ${settings.from})` };
  try {
    const { scope, name: token, project, version } = await createClient(settings).call(whoami);
    return [
      reached,
      { name: 'token', state: 'ok', found: `“${token}”, scope ${scope}, project ${project}, server ${version}` },
    ];
  } catch (error) {
    const { message, hint } = explain(error);
    return [reached, { name: 'token', state: 'bad', found: message, ...(hint ? { fix: hint } : {}) }];
  }
}
