import { type ConfigIssue, shown } from '../issues.ts';
import type { Check } from './check.ts';

/** What a schema cannot say of one argument: ranges go up, a strength is one of the bins, a colour has a number a channel. */
export const augmentationFits: Check = ({ augmentation, data: { color_mode } }) => {
  const { random_resized_crop: crop, rand_augment, color_jitter: jitter, gaussian_blur, random_erasing } = augmentation;
  const issues: ConfigIssue[] = [];
  const say = (path: string[], message: string, value: unknown, allowed: string) =>
    issues.push({ path: ['augmentation', ...path], message, value: shown(value), allowed });
  const rising = (path: string[], value: unknown, positive = false) => {
    if (!Array.isArray(value)) return;
    const [low, high] = value as [number, number]; // the schema has two numbers here
    if (low > high) say(path, 'The least comes first', value, '[least, greatest]');
    else if (positive && high === 0) say(path, 'Nothing would be left', value, 'a share above 0');
  };
  rising(['random_resized_crop', 'scale'], crop?.scale, true);
  rising(['random_resized_crop', 'ratio'], crop?.ratio);
  rising(['random_erasing', 'scale'], random_erasing?.scale, true);
  rising(['random_erasing', 'ratio'], random_erasing?.ratio);
  rising(['gaussian_blur', 'sigma'], gaussian_blur?.sigma);
  for (const name of ['brightness', 'contrast', 'saturation', 'hue'] as const) {
    rising(['color_jitter', name], jitter?.[name]);
  }
  if (rand_augment && rand_augment.magnitude >= rand_augment.num_magnitude_bins) {
    say(
      ['rand_augment', 'magnitude'],
      '`magnitude` is a bin, counted from 0',
      rand_augment.magnitude,
      `a whole number below num_magnitude_bins (${rand_augment.num_magnitude_bins})`,
    );
  }
  const channels = color_mode === 'rgb' ? 3 : 1;
  const value = random_erasing?.value;
  if (Array.isArray(value) && value.length !== 1 && value.length !== channels) {
    say(
      ['random_erasing', 'value'],
      `\`color_mode: ${color_mode}\` has ${channels} channel${channels === 1 ? '' : 's'}`,
      value,
      `a number, or a list of ${channels}`,
    );
  }
  if (augmentation.trivial_augment && rand_augment) {
    say(['trivial_augment'], '`trivial_augment` and `rand_augment` exclude each other', true, 'one of the two');
  }
  return issues;
};
