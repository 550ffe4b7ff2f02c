import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { availableParallelism, cpus, homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { OptimizerConfig } from '@tidemark/training/config';
import { PRESETS } from '@tidemark/training/presets/index';
import { createOnnxEngine } from '@tidemark/worker/engine/onnx/engine';
import { type BenchOptions, median } from './bench.ts';

const SIZE = 180;
const BATCH = 32;
const ROUNDS = 5;
const SECONDS = 50;
/** Passes of ours per round, and of a peer: enough for a median, few enough to alternate often. */
const PASSES = { step: 5, forward: 5 };
const PEER_PASSES = { step: 3, forward: 3 };

type What = keyof typeof PASSES;

interface Runner {
  name: string;
  /** Milliseconds per pass. */
  run(what: What, passes: number): Promise<number[]>;
  close(): Promise<void>;
}

async function ours(): Promise<Runner> {
  const session = await createOnnxEngine().compile({
    layers: PRESETS['convnet-dropout'](),
    input: [SIZE, SIZE, 3],
    batchSize: BATCH,
    loss: 'binary_crossentropy',
    optimizer: OptimizerConfig.parse({ name: 'RMSprop' }),
    seed: 1,
    device: 'cpu',
  });
  const images = Float32Array.from({ length: BATCH * SIZE * SIZE * 3 }, (_, i) => ((i * 7919) % 256) / 255);
  const batch = { images, labels: Float32Array.from({ length: BATCH }, (_, i) => i % 2), count: BATCH };
  return {
    name: `tidemark onnx, ${session.device.description}`,
    async run(what, passes) {
      const times: number[] = [];
      for (let i = 0; i < passes; i++) {
        const start = performance.now();
        await (what === 'step' ? session.step(batch) : session.evaluate(batch));
        times.push(performance.now() - start);
      }
      return times;
    },
    close: () => session.dispose(),
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

async function peer(module: 'torch' | 'tensorflow'): Promise<Runner | null> {
  const python = pythons().find((p) => has(p, module));
  if (!python) {
    console.error(`${module}: no python has it (npm run bench:peers installs it, TIDEMARK_PEERS_PYTHON names another)`);
    return null;
  }
  const script = fileURLToPath(new URL(`peers/${module === 'torch' ? 'torch' : 'keras'}_step.py`, import.meta.url));
  const child: ChildProcess = spawn(python, [script, String(SIZE), String(BATCH)], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  const closed = new Promise<void>((resolve) => child.on('close', () => resolve()));
  const next = async (): Promise<unknown> => {
    const { value, done } = await lines.next();
    return done ? null : JSON.parse(value);
  };
  const hello = (await next()) as { name: string; note: string } | null;
  if (!hello) {
    console.error(`${module}: ${python} has it but could not run it`);
    return null;
  }
  console.error(`peer: ${hello.name} (${hello.note})`);
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

/** The published net's training step and forward pass, beside PyTorch and TensorFlow, in alternating rounds. */
export async function bench({ report }: BenchOptions): Promise<void> {
  const start = performance.now();
  console.error(`${cpus()[0]?.model}, ${availableParallelism()} cores; ${SIZE}×${SIZE}×3, batch ${BATCH}, RMSprop`);
  const own = await ours();
  console.error(own.name);
  // The first passes fill the allocator's arenas, the peers' too.
  await own.run('step', 4);
  await own.run('forward', 2);
  const peers = [await peer('tensorflow'), await peer('torch')].filter((p) => p !== null);
  const runners = [own, ...peers];
  const medians = new Map(runners.map((r) => [r, { step: [] as number[], forward: [] as number[] }]));
  let rounds = 0;
  while (rounds < ROUNDS && (rounds < 2 || performance.now() - start < SECONDS * 1000)) {
    for (const runner of runners) {
      for (const what of ['step', 'forward'] as const) {
        const times = await runner.run(what, runner === own ? PASSES[what] : PEER_PASSES[what]);
        medians.get(runner)![what].push(median(times) / BATCH);
      }
    }
    rounds++;
    const words = runners.map((r) => `${r.name} ${medians.get(r)!.step.at(-1)!.toFixed(1)}`);
    console.error(`round ${rounds}, ms per image and step: ${words.join('; ')}`);
  }
  for (const what of ['step', 'forward'] as const) {
    const value = (r: Runner) => Number(median(medians.get(r)![what]).toFixed(3));
    const fastest = peers.toSorted((a, b) => value(a) - value(b))[0];
    const beside = fastest ? { peer: fastest.name, peerValue: value(fastest) } : {};
    report({ bench: 'train', metric: `${what}_ms_per_image`, value: value(own), unit: 'ms', rounds, ...beside });
  }
  for (const runner of runners) await runner.close();
}
