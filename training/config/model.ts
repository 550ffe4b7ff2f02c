import * as z from 'zod';
import { LayerSpec } from '../layers/spec.ts';

export const Preset = z.enum(['convnet', 'convnet-dropout']);

export const ModelConfig = z
  .union([Preset, z.strictObject({ layers: z.array(LayerSpec).min(1).max(200) })])
  .describe("A preset's name, or `layers`: a list of layers with Keras's names and arguments.");
export type ModelConfig = z.output<typeof ModelConfig>;
