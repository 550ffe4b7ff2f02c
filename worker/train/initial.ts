import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { RunConfig } from '@tidemark/training/config';
import { describeMatching, refusal } from '@tidemark/training/init/describe';
import { matchWeights } from '@tidemark/training/init/match';
import { initSource } from '@tidemark/training/init/source';
import type { LayerInfo } from '@tidemark/training/layers/shape';
import { CorruptCheckpoint, decodeCheckpoint, isCheckpoint } from '../checkpoint.ts';
import type { Session } from '../engine/engine.ts';
import { TrainingError } from '../training-error.ts';
import { convertWeights } from '../weights/convert.ts';
import { locateWeights } from '../weights/locate.ts';
import { parseWeights, readWeights } from '../weights/read.ts';
import { type WeightFile, WeightFileError } from '../weights/tensors.ts';

interface InitialOptions {
  dataRoots: readonly string[];
  /** Bytes that the server has. */
  fetch(digest: string): Promise<Uint8Array>;
  tell(level: 'info' | 'warn', text: string): void;
}

/**
 * The weights that `init` names, by the model's parameter names and in Keras's order of axes.
 * @throws TrainingError when they cannot be read, or do not fit the model
 */
async function loadInitial(
  init: NonNullable<RunConfig['init']>,
  layers: readonly LayerInfo[],
  options: InitialOptions,
): Promise<Record<string, Float32Array>> {
  const file = await open(init, options);
  const source = [...file.tensors].map(([name, { dims }]) => ({ name, dims }));
  const matching = matchWeights(layers, file.framework, source, init);
  const reason = refusal(matching, init.strict);
  if (reason) throw new TrainingError('weights_mismatch', `${init.from}: ${reason}`);
  const total = layers.reduce((sum, { parameters }) => sum + parameters.length, 0);
  options.tell('info', `${matching.matches.length} of ${total} weights start from ${init.from}`);
  for (const text of describeMatching(matching)) options.tell('warn', text);
  return convertWeights(file, matching.matches);
}

/** Puts the weights that `init` names into a session that has not trained yet. */
export async function startFrom(
  init: NonNullable<RunConfig['init']>,
  session: Pick<Session, 'state' | 'load'>,
  layers: readonly LayerInfo[],
  options: InitialOptions,
): Promise<void> {
  const initial = await loadInitial(init, layers, options);
  const { step, tensors } = await session.state();
  for (const [name, data] of Object.entries(initial)) {
    // A moving average begins with the weight.
    for (const key of [name, `${name}/ema`]) if (tensors[key]) tensors[key] = { dims: tensors[key].dims, data };
  }
  await session.load({ step, tensors });
}

async function open(init: NonNullable<RunConfig['init']>, options: InitialOptions): Promise<WeightFile> {
  const source = initSource(init.from);
  try {
    if (source?.kind === 'file') {
      const path = locateWeights(source.path, options.dataRoots);
      if (init.digest) await checkDigest(path, init.digest);
      return await readWeights(path);
    }
    if (!source || init.digest === undefined) {
      throw new TrainingError('weights_missing', `The server did not say which weights ${init.from} means.`);
    }
    const bytes = await options.fetch(init.digest);
    if (createHash('sha256').update(bytes).digest('hex') !== init.digest) {
      throw new TrainingError(
        'weights_corrupt',
        `The server sent other bytes than those of ${init.digest.slice(0, 12)}….`,
      );
    }
    if (source.kind === 'weights') return await parseWeights(bytes);
    // A registered version is a checkpoint, or what somebody uploaded.
    return source.kind === 'checkpoint' || isCheckpoint(bytes) ? ofCheckpoint(bytes) : await parseWeights(bytes);
  } catch (error) {
    if (error instanceof WeightFileError) throw new TrainingError('weights_unreadable', error.message);
    if (error instanceof CorruptCheckpoint)
      throw new TrainingError('weights_unreadable', `${init.from}: ${error.message}`);
    throw error;
  }
}

async function checkDigest(path: string, digest: string): Promise<void> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  const found = hash.digest('hex');
  if (found === digest) return;
  throw new TrainingError('weights_corrupt', `${path} has the SHA-256 ${found}, but init.digest is ${digest}.`);
}

/** A checkpoint's weights; their moving averages where it keeps them, since it was judged by those. */
function ofCheckpoint(bytes: Uint8Array): WeightFile {
  const { tensors } = decodeCheckpoint(bytes);
  const file: WeightFile = { framework: 'tidemark', tensors: new Map(), leftOut: [] };
  for (const [name, tensor] of Object.entries(tensors)) {
    // `layer/kernel` is a weight, `layer/kernel/rms` the optimizer's memory of it.
    if (name.split('/').length === 2) file.tensors.set(name, tensors[`${name}/ema`] ?? tensor);
  }
  return file;
}
