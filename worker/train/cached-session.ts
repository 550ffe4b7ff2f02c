import type {
  Batch,
  BatchResult,
  EvaluateOptions,
  InferenceMetadata,
  ModelState,
  PendingResult,
  Session,
  StepOptions,
} from '../engine/engine.ts';

interface CachedOptions {
  /** Trains the rest of the model, on features. */
  head: Session;
  /** The frozen weights, as the model begins. */
  trunk: ModelState['tensors'];
  /** The whole model, without a layer that learns: it only exports. */
  whole(): Promise<Session>;
  /** Told when the frozen weights become others: features made with the old ones are void. */
  onTrunk(): void;
}

/** A model whose frozen part is not computed: batches are features. State and exports are the whole model's. */
export class CachedSession implements Session {
  readonly #options: CachedOptions;
  #trunk: ModelState['tensors'];
  #whole: Session | null = null;

  constructor(options: CachedOptions) {
    this.#options = options;
    this.#trunk = options.trunk;
  }

  get device(): Session['device'] {
    return this.#options.head.device;
  }

  get trunk(): ModelState['tensors'] {
    return this.#trunk;
  }

  step(batch: Batch, options: StepOptions): Promise<BatchResult> {
    return this.#options.head.step(batch, options);
  }

  submit(batch: Batch, options: StepOptions): Promise<PendingResult> {
    return this.#options.head.submit(batch, options);
  }

  evaluate(batch: Batch, options?: EvaluateOptions): Promise<BatchResult> {
    return this.#options.head.evaluate(batch, options);
  }

  async state(): Promise<ModelState> {
    const { step, tensors } = await this.#options.head.state();
    return { step, tensors: { ...this.#trunk, ...tensors } };
  }

  async load({ step, tensors }: ModelState): Promise<void> {
    const { head, onTrunk } = this.#options;
    const [frozen, rest]: [ModelState['tensors'], ModelState['tensors']] = [{}, {}];
    for (const [name, tensor] of Object.entries(tensors)) (name in this.#trunk ? frozen : rest)[name] = tensor;
    const changed = Object.entries(this.#trunk).some(([name, { data }]) => !sameNumbers(data, frozen[name]?.data));
    await head.load({ step, tensors: rest });
    if (!changed) return;
    this.#trunk = frozen;
    onTrunk();
  }

  async inferenceModel(metadata: InferenceMetadata, { ema = false }: EvaluateOptions = {}): Promise<Uint8Array> {
    this.#whole ??= await this.#options.whole();
    const { tensors, step } = await this.state();
    const names = Object.keys((await this.#whole.state()).tensors);
    const weights = names.map((name) => [name, (ema && tensors[`${name}/ema`]) || tensors[name]!] as const);
    await this.#whole.load({ step, tensors: Object.fromEntries(weights) });
    return this.#whole.inferenceModel(metadata);
  }

  async dispose(): Promise<void> {
    await this.#options.head.dispose();
    await this.#whole?.dispose();
  }
}

/** To the bit: a NaN is itself. */
function sameNumbers(a: Float32Array, b: Float32Array | undefined): boolean {
  if (a.length !== b?.length) return false;
  return Buffer.from(a.buffer, a.byteOffset, a.byteLength).equals(Buffer.from(b.buffer, b.byteOffset, b.byteLength));
}
