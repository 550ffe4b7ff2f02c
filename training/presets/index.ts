import type { RunConfig } from '../config.ts';
import type { LayerSpec } from '../layers/spec.ts';
import { convnet } from './convnet.ts';

export const PRESETS: Record<'convnet' | 'convnet-dropout', () => LayerSpec[]> = {
  convnet: () => convnet(0),
  'convnet-dropout': () => convnet(0.5),
};

/** The layers of a config's model: its own, or its preset's. */
export const modelLayers = (model: RunConfig['model']): LayerSpec[] =>
  typeof model === 'string' ? PRESETS[model]() : model.layers;
