import { AugmentationConfig } from '@tidemark/training/config/augmentation';

/** The published run's augmentation. */
export const PUBLISHED = AugmentationConfig.parse({
  rotation_range: 40,
  width_shift_range: 0.2,
  height_shift_range: 0.2,
  shear_range: 0.2,
  zoom_range: 0.2,
  horizontal_flip: true,
});
