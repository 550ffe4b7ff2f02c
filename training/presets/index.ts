import * as z from 'zod';
import { type Preset, PresetConfig, presetOf } from '../config/model.ts';
import type { RunConfig } from '../config.ts';
import { LayerSpec } from '../layers/spec.ts';
import { convnet } from './convnet.ts';
import { efficientnetLite0 } from './efficientnet-lite0.ts';
import { BINARY, type Head, type WrittenLayer } from './head.ts';
import { miniXception } from './mini-xception.ts';
import { mobilenetV2 } from './mobilenet-v2.ts';
import { resnetSmall } from './resnet-small.ts';

type Arguments<Name extends Preset> = Partial<Omit<Extract<PresetConfig, { preset: Name }>, 'preset' | 'classes'>>;

function written(config: PresetConfig, head: Head): WrittenLayer[] {
  switch (config.preset) {
    case 'convnet':
    case 'convnet-dropout':
      return convnet(config, head);
    case 'resnet-small':
      return resnetSmall(config, head);
    case 'mini-xception':
      return miniXception(config, head);
    case 'mobilenet-v2':
      return mobilenetV2(config, head);
    case 'efficientnet-lite0':
      return efficientnetLite0(config, head);
  }
}

const build = (config: PresetConfig, head: Head): LayerSpec[] => z.array(LayerSpec).parse(written(config, head));

const preset =
  <Name extends Preset>(name: Name) =>
  (given: Arguments<Name> = {}, head: Head = BINARY): LayerSpec[] =>
    build(PresetConfig.parse({ preset: name, ...given }), head);

/** The layers of each preset, by default for two classes with one sigmoid. */
export const PRESETS = {
  convnet: preset('convnet'),
  'convnet-dropout': preset('convnet-dropout'),
  'resnet-small': preset('resnet-small'),
  'mini-xception': preset('mini-xception'),
  'mobilenet-v2': preset('mobilenet-v2'),
  'efficientnet-lite0': preset('efficientnet-lite0'),
} satisfies Record<Preset, unknown>;

/** Whether a model's last layer is known before the images are. */
export function headIsKnown({ model, data }: Pick<RunConfig, 'model' | 'data'>): boolean {
  const config = presetOf(model);
  return !config || data.class_mode === 'binary' || (config.classes ?? data.classes?.length) !== undefined;
}

const ACTIVATION = { binary: 'sigmoid', categorical: 'softmax', multi_label: 'sigmoid', regression: 'linear' } as const;

/**
 * The layers of a config's model: its own, or its preset's with a head that follows `class_mode`.
 * @param outputs how many the images need, once they have been seen; until then the config's classes decide, or else the
 *   fewest that `class_mode` can have
 */
export function modelLayers({ model, data }: Pick<RunConfig, 'model' | 'data'>, outputs?: number): LayerSpec[] {
  const config = presetOf(model);
  if (!config) return (model as { layers: LayerSpec[] }).layers;
  const { class_mode: mode, classes } = data;
  const units = mode === 'binary' ? 1 : (outputs ?? classes?.length ?? (mode === 'categorical' ? 2 : 1));
  return build(config, { units: config.classes ?? units, activation: ACTIVATION[mode] });
}
