import * as z from 'zod';
import { LayerSpec } from '../layers/spec.ts';

const preset = <Name extends string>(name: Name) => z.literal(name).describe("The preset's name.");
const dropout = (rate: number) =>
  z.number().min(0).lt(1).default(rate).describe('Rate of the Dropout before the last layer; 0: none.');
const classes = z
  .int()
  .min(1)
  .max(65536)
  .optional()
  .describe('Outputs; when absent as many as `data.class_mode` and the classes need.');
const width = (channels: number) =>
  z.int().min(8).max(256).default(channels).describe('Channels of the first stage; each later one has twice as many.');

/** A preset with arguments; `training/presets/` has one file for each. */
export const PresetConfig = z.discriminatedUnion('preset', [
  z.strictObject({ preset: preset('convnet'), dropout: dropout(0), classes }),
  z.strictObject({ preset: preset('convnet-dropout'), dropout: dropout(0.5), classes }),
  z.strictObject({ preset: preset('resnet-small'), width: width(32), dropout: dropout(0), classes }),
  z.strictObject({ preset: preset('mini-xception'), width: width(32), dropout: dropout(0.5), classes }),
  z.strictObject({
    preset: preset('mobilenet-v2'),
    alpha: z.number().min(0.1).max(3).default(1).describe('Width multiplier: channels are multiplied by it.'),
    dropout: dropout(0.2),
    classes,
  }),
  z.strictObject({ preset: preset('efficientnet-lite0'), dropout: dropout(0.2), classes }),
]);
export type PresetConfig = z.output<typeof PresetConfig>;

export const Preset = z.enum(PresetConfig.options.map((option) => option.shape.preset.value));
export type Preset = z.output<typeof Preset>;

export const ModelConfig = z
  .union([Preset, z.strictObject({ layers: z.array(LayerSpec).min(1).max(400) }), PresetConfig])
  .describe(
    "A preset's name; `preset` with a name and its arguments; or `layers`: a list of layers with Keras's names and arguments.",
  );
export type ModelConfig = z.output<typeof ModelConfig>;

/** The preset that a model is, with its arguments; null for a model of one's own layers. */
export function presetOf(model: ModelConfig): PresetConfig | null {
  if (typeof model === 'string') return PresetConfig.parse({ preset: model });
  return 'preset' in model ? model : null;
}
