import type { AugmentationConfig } from '../config/augmentation.ts';

/** Whole number 1 too: Keras reads it as "fewer pixels than one", which is none. */
function moves(range: number | readonly number[]): boolean {
  return typeof range === 'number' ? range !== 0 && range !== 1 : range.some((value) => value !== 0);
}

/** Whether no draw of this config can change an image, so that nothing need be drawn or copied. Mixing is not looked at. */
export function isIdentity(config: AugmentationConfig): boolean {
  const { zoom_range: zoom } = config;
  const zooms = typeof zoom === 'number' ? zoom !== 0 : zoom[0] !== 1 || zoom[1] !== 1;
  return !(
    config.rotation_range !== 0 ||
    moves(config.width_shift_range) ||
    moves(config.height_shift_range) ||
    config.shear_range !== 0 ||
    zooms ||
    config.horizontal_flip ||
    config.vertical_flip ||
    config.channel_shift_range !== 0 ||
    config.brightness_range !== undefined ||
    config.random_resized_crop !== undefined ||
    config.trivial_augment ||
    config.rand_augment !== undefined ||
    config.color_jitter !== undefined ||
    config.gaussian_blur !== undefined ||
    config.random_erasing !== undefined
  );
}
