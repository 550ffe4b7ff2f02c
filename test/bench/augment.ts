import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { augment } from '@tidemark/training/augment/augment';
import { type Draw, draw, IDENTITY } from '@tidemark/training/augment/draw';
import type { Retouch } from '@tidemark/training/augment/policy';
import { AugmentationConfig } from '@tidemark/training/config/augmentation';
import type * as z from 'zod';
import { type BenchOptions, median } from './bench.ts';
import { PUBLISHED } from './train/published.ts';

// Both sides augment 180×180×3 images with the published settings, a second at a time and in turns, on one thread each. Rates
// are by processor time, so that a busy machine does not decide.
const ROWS = 180;
const COLUMNS = 180;
const CHANNELS = 3;
const ROUNDS = 5;
const SECONDS = 1.5;

/** What came after Keras, each with its defaults and happening to every image. */
const OPERATIONS: Record<string, z.input<typeof AugmentationConfig>> = {
  random_resized_crop: { random_resized_crop: {} },
  trivial_augment: { trivial_augment: true },
  rand_augment: { rand_augment: {} },
  color_jitter: { color_jitter: { brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1 } },
  gaussian_blur: { gaussian_blur: { kernel_size: 9 } },
  random_erasing: { random_erasing: { p: 1 } },
  random_erasing_noise: { random_erasing: { p: 1, value: 'random' } },
};
const POLICY: Record<Retouch, number> = {
  Brightness: 0.4,
  Color: 0.4,
  Contrast: 0.4,
  Sharpness: 0.4,
  Posterize: 4,
  Solarize: 128,
  AutoContrast: 0,
  Equalize: 0,
};
const OPERATION_SECONDS = 0.5;

const images = Array.from({ length: 32 }, (_, n) =>
  Float32Array.from({ length: ROWS * COLUMNS * CHANNELS }, (_, i) => (Math.imul(i + n, 0x9e3779b9) >>> 24) & 255),
);

const processorSeconds = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

/** Images per second of processor time, over about `SECONDS`. */
function measure(config: AugmentationConfig, fixed?: Draw, seconds = SECONDS): number {
  const out = new Float32Array(ROWS * COLUMNS * CHANNELS);
  const start = processorSeconds();
  let done = 0;
  let elapsed = 0;
  do {
    for (let i = 0; i < 32; i++, done++) {
      const drawn = fixed ?? draw(config, [ROWS, COLUMNS], 1, 0, done);
      augment(images[i]!, ROWS, COLUMNS, CHANNELS, config, drawn, out);
    }
    elapsed = processorSeconds() - start;
  } while (elapsed < seconds);
  return done / elapsed;
}

interface Peer {
  name: string;
  measure(): Promise<number>;
  stop(): void;
}

/** The first interpreter that can import Keras, with a loop that measures when told to. */
async function findPeer(): Promise<Peer | undefined> {
  const cached = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'tidemark', 'peers', 'bin', 'python');
  const configured = (process.env.TIDEMARK_PEERS_PYTHON ?? '').split(':').filter(Boolean);
  const script = fileURLToPath(new URL('./peers/augment.py', import.meta.url));
  for (const python of [...configured, 'python3', ...(existsSync(cached) ? [cached] : [])]) {
    const child = spawn(python, [script, String(SECONDS)], { stdio: ['pipe', 'pipe', 'ignore'] });
    child.on('error', () => {});
    child.stdin.on('error', () => {});
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const first = await lines.next();
    if (first.done) continue;
    return {
      name: first.value,
      measure: async () => {
        child.stdin.write('go\n');
        return Number((await lines.next()).value);
      },
      stop: () => child.kill(),
    };
  }
  return undefined;
}

export async function bench({ report }: BenchOptions): Promise<void> {
  const peer = await findPeer();
  if (!peer) console.error('No python with Keras: `npm run bench:peers` brings one, or set TIDEMARK_PEERS_PYTHON.');
  measure(PUBLISHED);
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    ours.push(measure(PUBLISHED));
    if (peer) theirs.push(await peer.measure());
    console.error(
      `round ${round + 1}: ${ours.at(-1)!.toFixed(0)}${peer ? `, Keras ${theirs.at(-1)!.toFixed(0)}` : ''}`,
    );
  }
  peer?.stop();
  report({
    bench: 'augment',
    metric: 'images_per_second_per_core',
    value: Math.round(median(ours)),
    unit: 'images/s',
    rounds: ROUNDS,
    ...(peer ? { peer: peer.name, peerValue: Math.round(median(theirs)) } : {}),
  });
  for (const fill_mode of ['reflect', 'wrap', 'constant'] as const) {
    const rate = measure({ ...PUBLISHED, fill_mode });
    console.error(`fill_mode ${fill_mode}: ${rate.toFixed(0)} images/s`);
  }
  console.error(`flip only: ${measure(PUBLISHED, { ...IDENTITY, flip_horizontal: true }).toFixed(0)} images/s`);
  console.error(`nothing: ${measure(PUBLISHED, IDENTITY).toFixed(0)} images/s`);
  for (const [name, options] of Object.entries(OPERATIONS)) {
    const value = Math.round(measure(AugmentationConfig.parse(options), undefined, OPERATION_SECONDS));
    report({ bench: 'augment', metric: `${name}_images_per_second`, value, unit: 'images/s', rounds: 1 });
  }
  for (const [op, by] of Object.entries(POLICY)) {
    const drawn = { ...IDENTITY, policy: [{ op: op as Retouch, by }] };
    const value = Math.round(measure(PUBLISHED, drawn, OPERATION_SECONDS));
    console.error(`${op} ${by}: ${value} images/s`);
  }
}
