/**
 * The last word of an image's stream, by argument: each draws from numbers of its own, however many it takes, so switching one on
 * leaves the others' draws as they were. Values are part of a run's reproducibility and never change.
 */
export const LANE = {
  generator: 0,
  random_resized_crop: 1,
  trivial_augment: 2,
  rand_augment: 3,
  color_jitter: 4,
  gaussian_blur: 5,
  random_erasing: 6,
  mix: 7,
} as const;
