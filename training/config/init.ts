import * as z from 'zod';
import { LearningRate } from './schedule.ts';

const pattern = z
  .string()
  .max(128)
  .regex(/^[\w.*?/-]+$/)
  // Each star may try every length: more than a few would let a short name take long.
  .refine((text) => text.split('*').length <= 5);
const selector = z
  .string()
  .max(129)
  .regex(/^!?[\w.*?/-]+$/);
const patterns = z.array(selector).min(1).max(64);

export const InitConfig = z.strictObject({
  from: z
    .string()
    .min(1)
    .max(1024)
    .describe(
      'A checkpoint (`#17/best`, `experiment#17/latest`, `<run id>/best`), a version of a registered model (`models:/NAME@ALIAS`, `models:/NAME/3`), registered weights by name, or a file on the worker’s disk: .onnx, .safetensors, .pt, .pth, .h5, .keras, .whl, .zip, or a TensorFlow.js model.json.',
    ),
  digest: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional()
    .describe('The weights’ SHA-256, which they must have. Filled in when the run is registered.'),
  name_map: z
    .record(pattern, pattern)
    .optional()
    .describe(
      'Names of the model’s layers (or weights, `layer/kernel`) to names in the source. `*` stands for the same on both sides.',
    ),
  include: patterns.optional().describe('Only layers whose names match one of these patterns are loaded.'),
  exclude: patterns
    .optional()
    .describe('Layers of the model, and names in the source, that are left alone, such as the last layer.'),
  strict: z
    .boolean()
    .default(true)
    .describe('Everything must match, name and shape, on both sides. false: what does not is listed and left alone.'),
});
export type InitConfig = z.output<typeof InitConfig>;

/** Where initial weights come from: a source's name, or a mapping with it and how its names are matched. */
export const InitChoice = z
  .union([
    z
      .string()
      .min(1)
      .max(1024)
      .transform((from) => InitConfig.parse({ from })),
    InitConfig,
  ])
  .describe('Trained weights to start from: where they are, or a mapping with `from` and how names are matched.');

const names = z.union([selector.transform((one) => [one]), patterns]);

export const Freeze = names.describe(
  'Layers that do not learn, by patterns of their names (`block1*`), less those that begin with `!` (`["*", "!fc"]`); their BatchNormalization keeps to its moving statistics.',
);

export const StageConfig = z.strictObject({
  epochs: z.int().min(1).max(100_000).describe('How many epochs it lasts.'),
  unfreeze: names.optional().describe('Frozen layers that learn from here on, by patterns of their names.'),
  learning_rate: LearningRate.optional().describe(
    'The rate from here on; a schedule counts its steps from the stage’s first. Without it the one before goes on.',
  ),
});
export type StageConfig = z.output<typeof StageConfig>;

export const Stages = z
  .array(StageConfig)
  .min(1)
  .max(32)
  .describe('Training in stages, one after the other; their epochs add up to `epochs`.');
