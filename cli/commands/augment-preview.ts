import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { previewRows, type SampleImage, sample } from '@tidemark/training/augment/index';
import type { RunConfig } from '@tidemark/training/config';
import { validateConfig } from '@tidemark/training/validate';
import { decodeImage, type ImageShape } from '@tidemark/worker/data/decode';
import colors from 'picocolors';
import { type GridRow, gridPng } from '../augment/grid.ts';
import { type ConfigFile, parseConfigText, readConfigFile } from '../config-file.ts';
import { EXIT, Failure } from '../failure.ts';
import { issueLines } from '../show-issues.ts';

interface Options {
  config?: string;
  set?: string[];
  out: string;
  draws: number;
  seed?: number;
  json?: boolean;
}

/** What augmentation alone needs of a config; the rest is never used. */
const ALONE = 'data: { path: . }\nmodel: convnet\noptimizer: RMSprop\nepochs: 1\n';

/** Writes a picture of what a config's augmentation does to an image: a row of draws for each operation, and one for all. */
export async function augmentPreview(paths: readonly string[], options: Options): Promise<void> {
  const file = options.config
    ? readConfigFile(options.config, options.set)
    : parseConfigText(ALONE, '--set', options.set ?? []);
  const config = checked(file, options.config ?? 'the options');
  const { data, augmentation } = config;
  const seed = options.seed ?? config.seed;
  const rows = previewRows(augmentation);
  if (rows.length === 0) {
    throw new Failure('Nothing is switched on: there is nothing to show.', {
      hint: 'Name a config with --config, or operations with --set augmentation.rotation_range=40.',
      exit: EXIT.usage,
    });
  }
  const shape: ImageShape = {
    rows: data.image_size[0],
    columns: data.image_size[1],
    channels: data.color_mode === 'rgb' ? 3 : 1,
  };
  const images = await Promise.all(paths.map((path) => read(path, shape)));
  const [image, ...others] = images as [SampleImage, ...SampleImage[]]; // commander asks for one at least
  const partners = others.length > 0 ? others : [upsideDown(image, shape)];
  const shown: GridRow[] = rows.map(({ label, config: one }) => ({
    label,
    cells: Array.from({ length: options.draws }, (_, n) =>
      sample(image, partners[n % partners.length]!, shape, one, seed, n),
    ),
  }));
  const plain: GridRow = { label: image.name, cells: [{ pixels: image.pixels, words: 'as it is' }] };
  mkdirSync(dirname(options.out), { recursive: true });
  writeFileSync(options.out, await gridPng([plain, ...shown], shape));
  if (options.json) {
    const told = shown.map(({ label, cells }) => ({ label, words: cells.map(({ words }) => words) }));
    console.log(JSON.stringify({ out: options.out, seed, rows: told }));
    return;
  }
  for (const { label, cells } of shown) {
    console.log(colors.bold(label));
    for (const { words } of cells) console.log(`  ${words}`);
  }
  console.log(colors.dim(`\n${options.out}: ${rows.length} × ${options.draws} draws, seed ${seed}`));
}

function checked(file: ConfigFile, name: string): RunConfig {
  const result = validateConfig(file.value);
  if (result.ok) return result.config;
  const lines = issueLines(result.issues, { name: basename(name), lineOf: file.lineOf });
  throw new Failure(`${name}: not a valid config.\n${lines.join('\n')}`, { exit: EXIT.usage });
}

async function read(path: string, shape: ImageShape): Promise<SampleImage> {
  if (!existsSync(path)) throw new Failure(`There is no file ${path}.`, { exit: EXIT.notFound });
  try {
    return { pixels: await decodeImage(readFileSync(path), shape), name: basename(path) };
  } catch (error) {
    throw new Failure(`${path} cannot be read as an image: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** A partner to mix with, where no other image was named. */
function upsideDown({ pixels }: SampleImage, { channels }: ImageShape): SampleImage {
  const turned = new Uint8Array(pixels.length);
  for (let i = 0; i < pixels.length; i += channels) {
    for (let c = 0; c < channels; c++) turned[pixels.length - channels - i + c] = pixels[i + c]!;
  }
  return { pixels: turned, name: 'itself upside down' };
}
