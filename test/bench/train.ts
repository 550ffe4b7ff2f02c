import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { trainerEnvironment } from '@tidemark/worker/engine/environment';
import { type BenchOptions, median } from './bench.ts';
import { type Net, netOf, PRESET_NAMES, type PresetName } from './train/net.ts';
import { profile } from './train/profile.ts';
import { makePeers, pythonWith } from './train/pythons.ts';
import { type Stepper, start, type What } from './train/stepper.ts';

const ROUNDS = 7;
/** Passes per round: enough for a median, few enough to alternate often. */
const PASSES = 3;
const SEED_NET: PresetName = 'convnet-dropout';

const script = (name: string): string => fileURLToPath(new URL(`peers/${name}`, import.meta.url));

async function peer(module: 'torch' | 'tensorflow', name: string, net: string): Promise<Stepper | null> {
  const python = pythonWith(module);
  if (!python) {
    console.error(`${module}: no python has it (npm run bench:peers installs it, TIDEMARK_PEERS_PYTHON names another)`);
    return null;
  }
  const stepper = await start(python, script(name), net);
  if (!stepper) console.error(`${module}: ${python} has it but could not run it`);
  return stepper;
}

type DeviceName = 'cpu' | 'webgpu' | 'cuda';

/** Our own step on a device: what the worker does there. On a GPU the other way with 3×3 convolutions is timed as well. */
async function ours(device: DeviceName, net: string): Promise<Stepper[]> {
  const ways = device === 'cpu' ? [{}] : ['direct', 'winograd'].map((way) => ({ TIDEMARK_DEVICE_CONVOLUTION: way }));
  const started: Stepper[] = [];
  for (const way of ways) {
    const env = { ...process.env, ...way, TIDEMARK_DEVICE: device };
    const stepper = await start(process.execPath, script('tidemark_step.js'), net, env);
    if (!stepper) throw new Error(`our own step did not start on ${device}: npx tidemark doctor says what is missing`);
    started.push(stepper);
  }
  return started;
}

/** Ours, then peers. PyTorch's script knows the published net alone. */
async function steppers(preset: PresetName, net: string, device: DeviceName): Promise<[Stepper, ...Stepper[]]> {
  const [own, ...otherWays] = await ours(device, net);
  const more = process.env.TIDEMARK_TRAIN_PEER;
  const tfjs = await start(process.execPath, script('tidemark_step.js'), net, {
    ...process.env,
    TIDEMARK_ENGINE: 'tfjs',
  });
  if (!tfjs) console.error('our tfjs engine: no TensorFlow.js here (TIDEMARK_TFJS names one)');
  const found = [
    tfjs,
    await peer('tensorflow', 'keras_step.py', net),
    preset.startsWith('convnet') ? await peer('torch', 'torch_step.py', net) : null,
    more ? await start(process.execPath, more, net) : null,
  ];
  const all: [Stepper, ...Stepper[]] = [own!, ...otherWays, ...found.filter((p) => p !== null)];
  for (const { name, note, parameters } of all) console.error(`${name} (${note}; ${parameters} parameters)`);
  return all;
}

async function measure(
  preset: PresetName,
  seconds: number,
  device: DeviceName,
  { report }: BenchOptions,
): Promise<void> {
  const begin = performance.now();
  const net: Net = netOf(preset);
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-bench-'));
  const file = join(folder, 'net.json');
  writeFileSync(file, JSON.stringify(net));
  const load = loadavg()[0]!.toFixed(1);
  console.error(
    `\n${preset}, ${net.size}×${net.size}×3, batch ${net.batch}; ${cpus()[0]?.model}, ${availableParallelism()} cores, load ${load}`,
  );
  const [own, ...peers] = await steppers(preset, file, device);
  let running = [own, ...peers];
  const medians = new Map(running.map((r) => [r, { step: [] as number[], forward: [] as number[] }]));
  let rounds = 0;
  while (rounds < ROUNDS && (rounds < 2 || performance.now() - begin < seconds * 1000)) {
    for (const what of ['step', 'forward'] as const) {
      for (const runner of running) {
        medians.get(runner)![what].push(median(await runner.run(what, PASSES)) / net.batch);
      }
    }
    rounds++;
    const last = (r: Stepper, what: What = 'step') => medians.get(r)![what].at(-1)!;
    const words = running.map((r) => `${r.name} ${last(r).toFixed(1)} and ${last(r, 'forward').toFixed(2)}`);
    console.error(`round ${rounds}, ms per image, step and forward: ${words.join('; ')}`);
    // A peer far behind another would only spend the minute; its first round still counts.
    const best = Math.min(...peers.map((p) => last(p)));
    running = running.filter((r) => r === own || last(r) < 1.5 * best);
  }
  // The published net's figures have plain names.
  const named = (metric: string) =>
    [...(preset === SEED_NET ? [] : [preset]), ...(device === 'cpu' ? [] : [device]), metric].join('_');
  let fastest: Stepper | undefined;
  for (const what of ['forward', 'step'] as const) {
    const value = (r: Stepper) => Number(median(medians.get(r)![what]).toFixed(3));
    fastest = peers.toSorted((a, b) => value(a) - value(b))[0];
    const beside = fastest ? { peer: fastest.name, peerValue: value(fastest) } : {};
    report({ bench: 'train', metric: named(`${what}_ms_per_image`), value: value(own), unit: 'ms', rounds, ...beside });
    for (const other of peers)
      console.error(`  ${other.name} ÷ ours, ${what}: ${(value(other) / value(own)).toFixed(2)}`);
  }
  const memory = async (r: Stepper) => Math.round(await r.peakMemory());
  const beside = fastest ? { peer: fastest.name, peerValue: await memory(fastest) } : {};
  report({ bench: 'train', metric: named('rss_mb'), value: await memory(own), unit: 'MB', ...beside });
  for (const runner of [own, ...peers]) await runner.close();
  rmSync(folder, { recursive: true });
}

/**
 * The published net's training step and forward pass, beside TensorFlow and PyTorch, in alternating rounds; `--preset NAME`
 * (or `all`) another one's, beside the same net in Keras. `--device webgpu` or `cuda` times our step there, with both of its ways to do
 * 3×3 convolutions. `--profile` prints where our own step's time goes, by layer.
 */
export async function bench(options: BenchOptions): Promise<void> {
  const { values } = parseArgs({
    args: options.args,
    options: {
      preset: { type: 'string', default: SEED_NET },
      profile: { type: 'boolean', default: false },
      device: { type: 'string', default: 'cpu' },
    },
  });
  const device = (['cpu', 'webgpu', 'cuda'] as const).find((name) => name === values.device);
  if (!device) throw new Error('--device is cpu, webgpu or cuda');
  const wanted = values.preset === 'all' ? PRESET_NAMES : PRESET_NAMES.filter((name) => name === values.preset);
  if (wanted.length === 0) throw new Error(`--preset is one of ${PRESET_NAMES.join(', ')}, or all`);
  if (values.profile) {
    const env = trainerEnvironment(process.env);
    if (env.GLIBC_TUNABLES === process.env.GLIBC_TUNABLES || process.platform !== 'linux') {
      for (const preset of wanted) await profile(preset, options);
      return;
    }
    // Huge pages are asked for before a process starts.
    const { status } = spawnSync(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
      stdio: 'inherit',
      env,
    });
    process.exit(status ?? 1);
  }
  if (!pythonWith('tensorflow')) makePeers();
  for (const preset of wanted) await measure(preset, wanted.length > 1 ? 30 : 45, device, options);
}
