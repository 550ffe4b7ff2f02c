import { createHash } from 'node:crypto';
import type { RunConfig } from '@tidemark/training/config';
import { OptimizerConfig } from '@tidemark/training/config/optimizer';
import { type Stage, stageAt, stagesOf } from '@tidemark/training/init/stages';
import { type Trunk, trunkOf, whatVaries } from '@tidemark/training/init/trunk';
import { inferShapes, type ParameterInfo, sizeOf } from '@tidemark/training/layers/shape';
import type { LayerSpec } from '@tidemark/training/layers/spec';
import type { Feed } from '../data/feed.ts';
import type { SetName, SetSpec } from '../data/feed-messages.ts';
import type {
  Batch,
  BatchResult,
  CompileOptions,
  Engine,
  EvaluateOptions,
  InferenceMetadata,
  ModelState,
  PendingResult,
  Session,
  StepOptions,
} from '../engine/engine.ts';
import { initialWeights } from '../engine/initial-weights.ts';
import { VERSION } from '../version.ts';
import type { BatchSource } from './batch-source.ts';
import { CachedSession } from './cached-session.ts';
import { carryState } from './carry.ts';
import { FeatureFeed } from './feature-feed.ts';
import type { FeatureStore } from './feature-store.ts';

// A run's stages: in each, other layers learn. Every stage has a session of its own; from one to the next the state is carried over,
// and the same function carries a checkpoint's, so a run that is resumed at the border goes on as one that was not interrupted.
//
// In a stage whose first layers are frozen, and whose images come unchanged, those layers would compute the same of an image in every
// epoch. Then they are computed once, and the rest of the model is trained on what they gave: its layers keep their names, places
// and weights, so draws and states are those of the whole model.

/** For models in which nothing learns. */
const PLAIN = OptimizerConfig.parse({ name: 'SGD' });

/** Features of one set beyond this would not fit into memory beside everything else. */
const MOST_FEATURE_BYTES = 2 ** 30;

export interface StagesOptions {
  config: RunConfig;
  engine: Engine;
  /** Everything but the layers. */
  compile: Omit<CompileOptions, 'layers' | 'trainable' | 'initial'>;
  layers: readonly LayerSpec[];
  feed: Feed;
  /** In the largest set. */
  images: number;
  store: FeatureStore;
  /** Called between batches of frozen layers, with how many of how many images are done; throws to stop. */
  pause(done: number, total: number): Promise<void>;
  tell(text: string): void;
}

interface Current {
  stage: Stage;
  session: Session;
  feed: BatchSource;
}

export class StagedSession implements Session {
  readonly #options: StagesOptions;
  readonly #stages: readonly Stage[];
  readonly #parameters: readonly ParameterInfo[];
  readonly #sets = new Map<SetName, SetSpec>();
  #current: Current;

  private constructor(options: StagesOptions, stages: readonly Stage[], current: Current) {
    this.#options = options;
    this.#stages = stages;
    this.#parameters = parametersOf(options);
    this.#current = current;
  }

  /** @param epoch the one that training begins with */
  static async open(options: StagesOptions, epoch: number): Promise<StagedSession> {
    const stages = stagesOf(options.config, options.layers);
    return new StagedSession(options, stages, await openStage(options, stageAt(stages, epoch)));
  }

  /** Batches for the current stage. */
  get feed(): BatchSource {
    return {
      define: (name, spec) => {
        this.#sets.set(name, spec);
        this.#current.feed.define(name, spec);
      },
      batches: (name, epoch, from) => this.#current.feed.batches(name, epoch, from),
      takeWaited: () => this.#current.feed.takeWaited(),
    };
  }

  /** Before an epoch: its stage's session takes over, and what can be computed beforehand is. */
  async enter(epoch: number): Promise<void> {
    const stage = stageAt(this.#stages, epoch);
    if (stage.index !== this.#current.stage.index) {
      const state = await this.#current.session.state();
      await this.#current.session.dispose();
      this.#current = await openStage(this.#options, stage);
      await this.load(state);
      const learn = stage.layers.filter((layer) => 'trainable' in layer && layer.trainable).length;
      this.#options.tell(`Stage ${stage.index + 1} of ${this.#stages.length}: ${learn} layers learn`);
      for (const [name, spec] of this.#sets) this.#current.feed.define(name, spec);
    }
    if (this.#current.feed instanceof FeatureFeed) await this.#current.feed.prepare(['train', 'validation']);
  }

  get device(): Session['device'] {
    return this.#current.session.device;
  }

  step(batch: Batch, options: StepOptions): Promise<BatchResult> {
    return this.#current.session.step(batch, options);
  }

  submit(batch: Batch, options: StepOptions): Promise<PendingResult> {
    return this.#current.session.submit(batch, options);
  }

  evaluate(batch: Batch, options?: EvaluateOptions): Promise<BatchResult> {
    return this.#current.session.evaluate(batch, options);
  }

  state(): Promise<ModelState> {
    return this.#current.session.state();
  }

  /** A state of this stage or of another. */
  async load(state: ModelState): Promise<void> {
    const { session } = this.#current;
    await session.load(carryState(state, await session.state(), this.#parameters));
  }

  inferenceModel(metadata: InferenceMetadata, options?: EvaluateOptions): Promise<Uint8Array> {
    return this.#current.session.inferenceModel(metadata, options);
  }

  dispose(): Promise<void> {
    return this.#current.session.dispose();
  }
}

const parametersOf = ({ layers, compile }: Pick<StagesOptions, 'layers' | 'compile'>): ParameterInfo[] =>
  inferShapes(layers, compile.input).layers.flatMap(({ parameters }) => parameters);

async function openStage(options: StagesOptions, stage: Stage): Promise<Current> {
  const { engine, compile, feed, config, tell } = options;
  const frozen =
    (config.freeze ?? []).length > 0 || stage.layers.some((layer) => 'trainable' in layer && !layer.trainable);
  const trunk = frozen ? trunkOf(stage.layers, inferShapes(stage.layers, compile.input).layers) : null;
  const reason = trunk && whyNot(options, trunk);
  if (trunk && !reason) return openCached(options, stage, trunk);
  if (reason) tell(`Frozen layers are computed in every epoch: ${reason}`);
  return { stage, feed, session: await engine.compile({ ...compile, layers: stage.layers }) };
}

function whyNot({ config, images }: StagesOptions, trunk: Trunk): string | null {
  if (!config.feature_cache) return 'feature_cache is off';
  const varies = whatVaries(config);
  if (varies) return varies;
  const bytes = sizeOf(trunk.output) * 4 * images;
  return bytes > MOST_FEATURE_BYTES
    ? `what they make of ${images} images takes ${Math.ceil(bytes / 2 ** 20)} MiB`
    : null;
}

async function openCached(options: StagesOptions, stage: Stage, trunk: Trunk): Promise<Current> {
  const { engine, compile } = options;
  // Drawn for the whole model: a weight's first value is a function of its place in it.
  const drawn = initialWeights(parametersOf(options), compile);
  const parameters = (layers: readonly LayerSpec[], input: CompileOptions['input']) =>
    parametersOf({ layers, compile: { ...compile, input } });
  const own = parameters(trunk.head, trunk.headInput);
  const initial = Object.fromEntries(own.map(({ name }) => [name, drawn[name]!]));
  const head = await engine.compile({ ...compile, layers: trunk.head, input: trunk.headInput, initial });
  const frozen = parameters(trunk.layers, compile.input).map(
    ({ name, shape }) => [name, { dims: shape, data: drawn[name]! }] as const,
  );
  const session = new CachedSession({
    head,
    trunk: Object.fromEntries(frozen),
    whole: () => engine.compile({ ...compile, layers: stage.layers, trainable: [], optimizer: PLAIN }),
    onTrunk: () => feed.forget(),
  });
  const feed = new FeatureFeed(sizeOf(trunk.output), (name, spec) =>
    features(options, trunk, session.trunk, name, spec),
  );
  return { stage, session, feed };
}

/** From this machine's store, or by one pass of the frozen layers over the set's images. */
async function features(
  { engine, compile, feed, store, pause, tell }: StagesOptions,
  trunk: Trunk,
  weights: ModelState['tensors'],
  name: SetName,
  spec: SetSpec,
): Promise<Float32Array> {
  const size = sizeOf(trunk.output);
  const total = spec.places.length;
  const what = `what the frozen layers up to ${trunk.name} make of ${total} ${name} images (${size} numbers each)`;
  const key = keyOf(engine, compile, trunk, weights, spec);
  const kept = store.read(key, total * size);
  if (kept) {
    tell(`Already computed: ${what}`);
    return kept;
  }
  const session = await engine.compile({
    ...compile,
    layers: trunk.layers,
    loss: { name: 'mean_squared_error' },
    optimizer: PLAIN,
    initial: Object.fromEntries(Object.entries(weights).map(([parameter, { data }]) => [parameter, data])),
  });
  const out = new Float32Array(total * size);
  const labels = new Float32Array(spec.batchSize * size);
  try {
    feed.define(name, { ...spec, shuffle: false, augmentation: null });
    let at = 0;
    for await (const { images, count } of feed.batches(name, 0)) {
      await pause(at / size, total);
      const { probabilities } = await session.evaluate({ images, labels, count });
      out.set(probabilities, at);
      at += count * size;
    }
  } finally {
    await session.dispose();
  }
  store.write(key, out);
  tell(`Computed once: ${what}`);
  return out;
}

/** Names everything that features are a function of. */
function keyOf(
  engine: Engine,
  { input, batchSize, device }: StagesOptions['compile'],
  trunk: Trunk,
  weights: ModelState['tensors'],
  { pack, places, rescale }: SetSpec,
): string {
  const hash = createHash('sha256');
  // A pack's name is the digest of its images.
  const images = pack.split(/[\\/]/).at(-1);
  const made = { VERSION, engine: engine.name, input, batchSize, device, layers: trunk.layers, images, rescale };
  hash.update(JSON.stringify(made));
  const bytes = (array: Float32Array | Uint32Array) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  hash.update(bytes(places));
  for (const parameter of Object.keys(weights).sort()) hash.update(parameter).update(bytes(weights[parameter]!.data));
  return hash.digest('hex');
}
