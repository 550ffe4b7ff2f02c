import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { putBlob } from '@tidemark/api/contract/artifacts';
import { createWeights, type Weights, WeightsName } from '@tidemark/api/contract/weights';
import { withRetry } from '@tidemark/client';
import { encodeSafetensors } from '@tidemark/worker/weights/encode-safetensors';
import { readWeights } from '@tidemark/worker/weights/read';
import { type WeightFile, WeightFileError } from '@tidemark/worker/weights/tensors';
import { type Connection, connect } from '../context.ts';
import { EXIT, Failure } from '../failure.ts';
import { bytes, grouped } from '../terminal/format.ts';
import { fetchFile } from '../weights/fetch-file.ts';

interface Options extends Connection {
  name: string;
  license?: string;
  mean?: number[];
  std?: number[];
  sha256?: string;
}

/** Reads a file of weights, or one at an address, and registers its tensors with the project. */
export async function weightsAdd(source: string, options: Options): Promise<void> {
  const valid = WeightsName.safeParse(options.name);
  if (!valid.success) {
    throw new Failure(`${options.name} cannot be a name of weights: ${valid.error.issues[0]?.message}.`, {
      exit: EXIT.usage,
    });
  }
  const normalization = normalizationOf(options);
  const client = connect(options);
  const { file, sourceDigest } = await open(source, options.sha256);
  const body = encodeSafetensors(file);
  const digest = createHash('sha256').update(body).digest('hex');
  await withRetry(() => client.call(putBlob, { params: { digest }, body }, { timeoutSeconds: 600 }), {
    sleep: (ms) => delay(ms),
    rng: Math.random,
    attempts: 6,
  });
  const entry = await client.call(createWeights, {
    body: {
      name: options.name,
      digest,
      framework: file.framework,
      tensors: [...file.tensors].map(([name, { dims }]) => [name, [...dims]] as [string, number[]]),
      license: options.license ?? '',
      source: isUrl(source) ? source : basename(source),
      sourceDigest,
      normalization,
    },
  });
  if (options.json) console.log(JSON.stringify(entry));
  else report(entry, file);
}

function report(entry: Weights, { leftOut }: WeightFile): void {
  console.log(
    `${entry.name}: ${grouped(entry.tensors)} tensors, ${grouped(entry.parameters)} numbers, ${bytes(entry.size)}, ${entry.framework}`,
  );
  if (leftOut.length > 0) console.log(`  ${leftOut.length} tensors of whole numbers (counters) were left out`);
  if (entry.license === '') console.log('  No licence is noted: --license NAME says what may be done with them');
  console.log(`Use them in a config: init: { from: ${entry.name}, exclude: [LAST LAYER] }`);
}

const isUrl = (source: string): boolean => /^https?:\/\//i.test(source);

function normalizationOf({ mean, std }: Options): Weights['normalization'] {
  if (!mean && !std) return null;
  if (mean?.length !== std?.length || !mean || !std) {
    throw new Failure('--mean and --std go together, with as many numbers each.', { exit: EXIT.usage });
  }
  return { mean, std };
}

async function open(source: string, sha256: string | undefined): Promise<{ file: WeightFile; sourceDigest: string }> {
  if (!isUrl(source)) return read(source, sha256);
  if (!sha256) {
    throw new Failure('A file from an address needs its digest: --sha256 HEX.', {
      hint: 'Whoever publishes it should say it; without it nobody knows what was downloaded.',
      exit: EXIT.usage,
    });
  }
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-weights-'));
  try {
    const target = join(folder, basename(new URL(source).pathname) || 'weights');
    await fetchFile(source, target, sha256);
    return await read(target, sha256);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function read(path: string, sha256: string | undefined): Promise<{ file: WeightFile; sourceDigest: string }> {
  if (!existsSync(path)) throw new Failure(`There is no file ${path}.`, { exit: EXIT.notFound });
  try {
    const file = await readWeights(path);
    const hash = createHash('sha256');
    for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
    const sourceDigest = hash.digest('hex');
    if (sha256 && sha256.toLowerCase() !== sourceDigest) {
      throw new Failure(`${path} is not the file that was meant: its SHA-256 is ${sourceDigest}.`);
    }
    return { file, sourceDigest };
  } catch (error) {
    if (error instanceof WeightFileError) throw new Failure(error.message);
    throw error;
  }
}
