import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { ApiError, createClient, type RetryOptions } from '@tidemark/client';
import { RunConfig } from '@tidemark/training/config';
import { lossOf } from '@tidemark/training/config/loss';
import { inferShapes } from '@tidemark/training/layers/shape';
import { headIsKnown, modelLayers } from '@tidemark/training/presets/index';
import { type Checkpoint, CorruptCheckpoint } from '../checkpoint.ts';
import { datasetSource } from '../data/dataset-source.ts';
import { downloadBlob } from '../data/download-blob.ts';
import type { Feed } from '../data/feed.ts';
import { folderSource } from '../data/folder-source.ts';
import type { Source } from '../data/source.ts';
import type { Engine } from '../engine/engine.ts';
import type { Assignment } from '../messages.ts';
import { TrainingError } from '../training-error.ts';
import { VERSION } from '../version.ts';
import { newestUsable, readCheckpoint, writeDurably } from './checkpoints.ts';
import { EpochLoop } from './epochs.ts';
import { FeatureStore } from './feature-store.ts';
import { storeGallery } from './gallery.ts';
import type { Gate } from './gate.ts';
import { type Images, prepareImages } from './images.ts';
import { startFrom } from './initial.ts';
import { line, type Port } from './port.ts';
import { positionOf, start, stateOf } from './position.ts';
import { StagedSession, type StagesOptions } from './stages.ts';
import { Stopped } from './stopped.ts';
import { testModel } from './test.ts';

export interface RunContext {
  engine: Engine;
  /** Fresh; closed at the run's end. */
  feed: Feed;
  gate: Gate;
  port: Port;
  retry: RetryOptions;
}

/**
 * One run from its assignment to its end: images, model, epochs, test.
 * @returns how it ended; a stop leaves its checkpoint behind.
 * @throws TrainingError for what a user can put right.
 */
export async function trainRun(assignment: Assignment, context: RunContext): Promise<'finished' | 'stopped'> {
  const { gate, port } = context;
  const config = parseConfig(assignment.run.config);
  const store = artifactStore(assignment, port);
  const { feed } = context;
  // Compiled while the images are read; what is wrong with them is the better message, so its failure waits.
  let opening = opensEarly(config, assignment)
    ? StagedSession.open(stagesOptions(config, assignment, context), 0)
    : null;
  opening?.catch(() => {});
  if (!assignment.run.resume) {
    const progress = { epoch: 0, epochs: config.epochs, step: 0, steps: 0, phase: 'data' as const };
    port.send({ type: 'progress', progress });
  }
  try {
    const source = await sourceOf(config, assignment, context);
    const images = await prepareImages(config, source, assignment.folders.cache, port, async () => {
      if (await gate.pass()) throw new Stopped();
    });
    describe(config.data.class_mode, images, port);
    checkHead(config, images);
    const fetch = fetchCheckpoint(assignment, context);
    const from = await resume(assignment, images, fetch, port);
    const options = stagesOptions(config, assignment, context, images);
    opening ??= StagedSession.open(options, from?.checkpoint.epoch ?? 0);
    const open = await opening;
    port.send({ type: 'device', description: open.device.description });
    open.feed.define('train', images.train.spec);
    if (images.validation) open.feed.define('validation', images.validation.spec);
    if (from) await open.load(stateOf(from.checkpoint));
    else if (config.init) {
      const { layers } = inferShapes(options.layers, options.compile.input);
      await startFrom(config.init, open, layers, {
        dataRoots: assignment.options.dataRoots,
        fetch,
        tell: (level, text) => line(port, level, text),
      });
    }

    const saveBest = async () => {
      const metadata = { classes: images.classes, rescale: config.rescale };
      const model = await open.inferenceModel(metadata, { ema: config.optimizer.use_ema });
      store('model/best.onnx', model, 'application/octet-stream');
    };
    const loop = new EpochLoop(from ? positionOf(from.checkpoint) : start(config), {
      config,
      images,
      session: open,
      feed: open.feed,
      gate,
      port,
      folder: assignment.folders.checkpoints,
      fetch,
      resumedFrom: from?.digest ?? null,
      checkpointSeconds: assignment.options.checkpointSeconds,
      longCheckpointSeconds: assignment.options.longCheckpointSeconds,
      resumeStep: assignment.run.resume?.step ?? -1,
      shown: assignment.shown,
      afterFirstStep: async () => {
        if (!from || from.checkpoint.step === 0) await storeGallery(config, images, store);
      },
      beforeEpoch: (epoch) => open.enter(epoch),
      onBest: saveBest,
    });
    loop.progress('starting');
    if (await loop.run()) return 'stopped';

    const best = loop.position.best;
    if (best) {
      await open.load(stateOf(await readCheckpoint(assignment.folders.checkpoints, best.digest, fetch)));
      // Again, for an attempt that resumed after the best epoch and died before this file was sent.
      await saveBest();
    }
    if (images.test && (await testModel(config, images, open.feed, loop, store, port))) return 'stopped';
    loop.progress('done');
    return 'finished';
  } catch (error) {
    if (error instanceof Stopped) return 'stopped';
    throw error;
  } finally {
    await opening?.then(
      (session) => session.dispose(),
      () => {},
    );
    await feed.close();
  }
}

/** The server checked it; only a worker that is older than the server does not know all of it. */
function parseConfig(document: Record<string, unknown>): RunConfig {
  const parsed = RunConfig.safeParse(document);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new TrainingError(
    'config_unknown',
    `This worker (version ${VERSION}) does not know the run's config at \`${issue?.path.join('.')}\`: ${issue?.message}. Update the worker.`,
  );
}

async function sourceOf(config: RunConfig, assignment: Assignment, context: RunContext): Promise<Source> {
  const { path, dataset } = config.data;
  if (path !== undefined) return folderSource(path, assignment.options.dataRoots);
  let told = context.port.monotonic();
  return datasetSource(dataset!, {
    client: createClient(assignment.server),
    cache: assignment.folders.cache,
    retry: context.retry,
    progress(done, total) {
      context.port.send({ type: 'alive' });
      if (done < total && context.port.monotonic() - told < 2000) return;
      told = context.port.monotonic();
      line(context.port, 'info', `Fetching dataset ${dataset}: ${done} of ${total} files`);
    },
  });
}

function describe(mode: RunConfig['data']['class_mode'], { classes, train, validation }: Images, port: Port): void {
  const sizes = `${train.images.length} images to train on${validation ? `, ${validation.images.length} to validate` : ''}`;
  const what = classes.length === 1 ? OUTPUTS[mode].replace(/e?s$/, '') : OUTPUTS[mode];
  line(port, 'info', `${classes.length} ${what} (${classes.join(', ')}), ${sizes}`);
}

const OUTPUTS = { binary: 'classes', categorical: 'classes', multi_label: 'labels', regression: 'targets' };

function checkHead({ model, data }: RunConfig, { outputs, classes }: Images): void {
  const head = modelLayers({ model, data }, outputs).findLast((layer) => layer.type === 'Dense');
  if (data.class_mode !== 'binary' && head?.type === 'Dense' && head.units !== outputs) {
    throw new TrainingError(
      'model_head',
      `The model ends in ${head.units} ${head.units === 1 ? 'unit' : 'units'}, but there are ${outputs} ${OUTPUTS[data.class_mode]}: ${classes.join(', ')}.`,
    );
  }
}

/** Whether all that a session needs is known before the images are: then it is compiled while they are read. */
function opensEarly(config: RunConfig, { run }: Assignment): boolean {
  if (!headIsKnown(config) || (config.stages && run.resume)) return false;
  // Where layers are frozen, how many images there are decides whether they are computed once.
  return !config.freeze && modelLayers(config).every((layer) => !('trainable' in layer) || layer.trainable);
}

function stagesOptions(
  config: RunConfig,
  { options, folders }: Assignment,
  { engine, feed, gate, port }: RunContext,
  images?: Images,
): StagesOptions {
  const { data } = config;
  let told = port.monotonic();
  return {
    config,
    engine,
    layers: modelLayers(config, images?.outputs),
    feed,
    images: Math.max(0, images?.train.images.length ?? 0, images?.validation?.images.length ?? 0),
    store: new FeatureStore(join(folders.cache, 'features'), port.now),
    compile: {
      input: [data.image_size[0], data.image_size[1], data.color_mode === 'rgb' ? 3 : 1],
      batchSize: data.batch_size,
      loss: lossOf(config.loss),
      optimizer: config.optimizer,
      seed: config.seed,
      device: options.device ?? config.device,
      ...(options.threads === undefined ? {} : { threads: options.threads }),
    },
    async pause(done, total) {
      port.send({ type: 'alive' });
      if (await gate.pass()) throw new Stopped();
      if (port.monotonic() - told < 5000) return;
      told = port.monotonic();
      line(port, 'info', `Frozen layers: ${done} of ${total} images`);
    },
    tell: (text) => line(port, 'info', text),
  };
}

function fetchCheckpoint({ server }: Assignment, { retry, port }: RunContext): (digest: string) => Promise<Uint8Array> {
  const client = createClient(server);
  return async (digest) => {
    port.send({ type: 'alive' });
    try {
      return await downloadBlob(client, digest, retry);
    } catch (error) {
      if (error instanceof ApiError && error.code === 'not_found') {
        throw new CorruptCheckpoint('The server no longer has its bytes.');
      }
      throw error;
    }
  };
}

async function resume(
  { run, folders }: Assignment,
  images: Images,
  fetch: (digest: string) => Promise<Uint8Array>,
  port: Port,
): Promise<{ checkpoint: Checkpoint; digest: string } | null> {
  if (!run.resume) return null;
  const found = await newestUsable(folders.checkpoints, run.resume.checkpoints, fetch, (text) =>
    line(port, 'warn', text),
  );
  if (!found) {
    line(port, 'warn', 'None of this run’s checkpoints can be used: training starts again from its first step.');
    return null;
  }
  const { checkpoint } = found;
  if (checkpoint.identity !== images.fingerprint) {
    line(port, 'warn', 'The training images differ from those that the checkpoint was made with.');
  }
  line(port, 'info', `Going on from the checkpoint of step ${checkpoint.step} (epoch ${checkpoint.epoch})`);
  return found;
}

/** Puts an artifact where the supervisor sends it from. */
export type ArtifactStore = (path: string, bytes: Uint8Array, contentType: string) => void;

function artifactStore({ folders }: Assignment, port: Port): ArtifactStore {
  return (path, bytes, contentType) => {
    const digest = createHash('sha256').update(bytes).digest('hex');
    const file = join(folders.outbox, `${digest}.artifact`);
    writeDurably(file, bytes);
    port.send({ type: 'artifact', file, path, contentType, digest });
  };
}
