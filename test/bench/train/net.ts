import type { LayerSpec } from '@tidemark/training/layers/spec';
import { PRESETS } from '@tidemark/training/presets/index';

export interface Net {
  layers: LayerSpec[];
  /** Rows and columns of the images. */
  size: number;
  batch: number;
}

export type PresetName = keyof typeof PRESETS;
export const PRESET_NAMES = Object.keys(PRESETS) as PresetName[];

/** The published small-data set's images and batches, for every preset. */
export const netOf = (preset: PresetName): Net => ({ layers: PRESETS[preset](), size: 180, batch: 32 });
