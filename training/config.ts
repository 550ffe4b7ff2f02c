import * as z from 'zod';
import { AugmentationConfig } from './config/augmentation.ts';
import { ClassWeight, EarlyStoppingConfig, NanPolicyConfig } from './config/callbacks.ts';
import { CheckpointConfig } from './config/checkpoint.ts';
import { DataConfig } from './config/data.ts';
import { Freeze, InitChoice, Stages } from './config/init.ts';
import { LossChoice } from './config/loss.ts';
import { MetricsConfig } from './config/metrics.ts';
import { ModelConfig } from './config/model.ts';
import { OptimizerChoice } from './config/optimizer.ts';

const positive = z.int().min(1);
const seed = z
  .int()
  .min(0)
  .max(2 ** 32 - 1);

/** A run's whole config, one YAML or JSON document. */
export const RunConfig = z.strictObject({
  // Both may also come from the request that registers the run.
  experiment: z.string().min(1).max(256).optional().describe('The experiment that the run belongs to.'),
  name: z.string().min(1).max(256).optional().describe("The run's name."),
  data: DataConfig,
  rescale: z
    .number()
    .positive()
    .default(1 / 255)
    .describe('Pixel values (0–255) are multiplied by this before they reach the model.'),
  augmentation: AugmentationConfig.prefault({}),
  model: ModelConfig,
  init: InitChoice.optional(),
  freeze: Freeze.optional(),
  stages: Stages.optional(),
  feature_cache: z
    .boolean()
    .default(true)
    .describe('Computes what frozen layers make of each image once, where nothing random comes before them.'),
  optimizer: OptimizerChoice,
  loss: LossChoice.default('binary_crossentropy').describe(
    'What the optimizer lowers; goes with `data.class_mode`. A name, or a mapping with its name and arguments.',
  ),
  epochs: positive.max(100_000).describe('How often training goes through all images.'),
  metrics: MetricsConfig,
  class_weight: ClassWeight.optional(),
  checkpoint: CheckpointConfig,
  early_stopping: EarlyStoppingConfig.optional().describe('Stops training when a metric no longer improves.'),
  nan_policy: NanPolicyConfig.describe('What follows a loss that is NaN or infinite.'),
  seed: seed.default(1).describe('Initial weights, order, augmentation and dropout are functions of it.'),
  device: z.enum(['auto', 'cpu', 'webgpu', 'cuda']).default('auto').describe('What the worker trains on.'),
  requires: z
    .array(z.string().regex(/^[a-zA-Z0-9][a-zA-Z0-9._/=-]{0,63}$/))
    .max(32)
    .default([])
    .describe('Labels that a worker must have to take this run.'),
  priority: z.int().min(-1000).max(1000).default(0).describe('A queued run with a higher one goes first.'),
  max_retries: z
    .int()
    .min(0)
    .max(100)
    .default(0)
    .describe('How often a run that failed by its own error is tried again.'),
});
/** The resolved config: every default filled in. */
export type RunConfig = z.output<typeof RunConfig>;
