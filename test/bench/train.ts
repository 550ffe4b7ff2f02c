import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { availableParallelism, cpus, homedir, loadavg } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { trainerEnvironment } from '@tidemark/worker/engine/environment';
import { type BenchOptions, median } from './bench.ts';

const SIZE = 180;
const BATCH = 32;
const ROUNDS = 7;
const SECONDS = 45;
/** Passes per round: enough for a median, few enough to alternate often. */
const PASSES = 3;

type What = 'step' | 'forward';

interface Runner {
  name: string;
  /** Milliseconds per pass. */
  run(what: What, passes: number): Promise<number[]>;
  close(): Promise<void>;
}

/** Starts a script that answers lines like `step 3`; null when it could not start. Only one runs at any time. */
async function start(command: string, script: string): Promise<Runner | null> {
  const path = fileURLToPath(new URL(`peers/${script}`, import.meta.url));
  const child: ChildProcess = spawn(command, [path, String(SIZE), String(BATCH)], {
    stdio: ['pipe', 'pipe', 'ignore'],
    // Everybody gets the huge pages that the worker gives its trainers.
    env: trainerEnvironment(process.env),
  });
  child.on('error', () => {});
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  const closed = new Promise<void>((resolve) => child.on('close', () => resolve()));
  const next = async (): Promise<unknown> => {
    const { value, done } = await lines.next();
    return done ? null : JSON.parse(value);
  };
  const hello = (await next()) as { name: string; note: string } | null; // the scripts beside this file say so
  if (!hello) return null;
  console.error(`${hello.name} (${hello.note})`);
  return {
    name: hello.name,
    async run(what, passes) {
      child.stdin!.write(`${what} ${passes}\n`);
      const times = (await next()) as number[] | null;
      if (!times) throw new Error(`${hello.name} ended before it answered`);
      return times;
    },
    async close() {
      child.stdin!.end();
      await closed;
    },
  };
}

/** Pythons to look for peers in: TIDEMARK_PEERS_PYTHON's, the one that bench:peers made, python3. */
function pythons(): string[] {
  const made = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'tidemark', 'peers', 'bin', 'python');
  const named = (process.env.TIDEMARK_PEERS_PYTHON ?? '').split(delimiter).filter(Boolean);
  return [...named, ...(existsSync(made) ? [made] : []), 'python3'];
}

const has = (python: string, module: string): boolean =>
  spawnSync(python, ['-c', `import importlib.util as u, sys; sys.exit(0 if u.find_spec('${module}') else 1)`])
    .status === 0;

async function peer(module: 'torch' | 'tensorflow', script: string): Promise<Runner | null> {
  const python = pythons().find((p) => has(p, module));
  if (!python) {
    console.error(`${module}: no python has it (npm run bench:peers installs it, TIDEMARK_PEERS_PYTHON names another)`);
    return null;
  }
  const runner = await start(python, script);
  if (!runner) console.error(`${module}: ${python} has it but could not run it`);
  return runner;
}

/** The published net's training step and forward pass, beside PyTorch and TensorFlow, in alternating rounds. */
export async function bench({ report }: BenchOptions): Promise<void> {
  const begin = performance.now();
  const load = loadavg()[0]!.toFixed(1);
  console.error(
    `${cpus()[0]?.model}, ${availableParallelism()} cores, load ${load}; ${SIZE}×${SIZE}×3, batch ${BATCH}`,
  );
  const own = await start(process.execPath, 'tidemark_step.js');
  if (!own) throw new Error('our own step did not start');
  const found = [await peer('tensorflow', 'keras_step.py'), await peer('torch', 'torch_step.py')];
  const peers = found.filter((p) => p !== null);
  let runners = [own, ...peers];
  const medians = new Map(runners.map((r) => [r, { step: [] as number[], forward: [] as number[] }]));
  let rounds = 0;
  while (rounds < ROUNDS && (rounds < 2 || performance.now() - begin < SECONDS * 1000)) {
    for (const what of ['step', 'forward'] as const) {
      for (const runner of runners) {
        medians.get(runner)![what].push(median(await runner.run(what, PASSES)) / BATCH);
      }
    }
    rounds++;
    const last = (r: Runner) => medians.get(r)!.step.at(-1)!;
    const words = runners.map((r) => `${r.name} ${last(r).toFixed(1)}`);
    console.error(`round ${rounds}, ms per image and step: ${words.join('; ')}`);
    // A peer far behind another would only spend the minute; its first round still counts.
    const best = Math.min(...peers.map(last));
    runners = runners.filter((r) => r === own || last(r) < 1.5 * best);
  }
  for (const what of ['step', 'forward'] as const) {
    const value = (r: Runner) => Number(median(medians.get(r)![what]).toFixed(3));
    const fastest = peers.toSorted((a, b) => value(a) - value(b))[0];
    const beside = fastest ? { peer: fastest.name, peerValue: value(fastest) } : {};
    report({ bench: 'train', metric: `${what}_ms_per_image`, value: value(own), unit: 'ms', rounds, ...beside });
  }
  for (const runner of [own, ...peers]) await runner.close();
}
