import type { AugmentationConfig } from '../config/augmentation.ts';
import { PURPOSE, type Purpose, type Stream, stream } from '../rng.ts';
import { drawBeta } from './beta.ts';
import type { Box } from './box.ts';
import { LANE } from './lanes.ts';

/** How an image is mixed with its partner. `share`: its own part in the label; the partner has the rest. */
export interface Mix {
  share: number;
  /** Of the partner, in the same place (CutMix); null: all pixels blended (mixup). */
  box: Box | null;
}

type Mixing = Pick<AugmentationConfig, 'mixup' | 'cutmix'>;

/** Half of the box's sides, from its middle; what sticks out of the image is cut off, and the share follows the area left. */
function cut([rows, columns]: readonly [number, number], random: Stream, share: number): Mix {
  const [y, x] = [random.integer(rows), random.integer(columns)];
  const half = 0.5 * Math.sqrt(1 - share);
  const [down, across] = [Math.trunc(half * rows), Math.trunc(half * columns)];
  const [top, left] = [Math.max(y - down, 0), Math.max(x - across, 0)];
  const [height, width] = [Math.min(y + down, rows) - top, Math.min(x + across, columns) - left];
  return { share: 1 - (height * width) / (rows * columns), box: { top, left, height, width } };
}

/**
 * How one image is mixed: mixup (Zhang, Cisse, Dauphin, Lopez-Paz 2017) or CutMix (Yun et al. 2019, the box as torchvision rounds it),
 * each image with a share of its own from Beta(alpha, alpha). With both, a coin decides which. Null: it stays as it is.
 * @param index the image's number in its sorted list
 */
export function drawMix(
  { mixup, cutmix }: Mixing,
  size: readonly [number, number],
  seed: number,
  epoch: number,
  index: number,
  purpose: Purpose = PURPOSE.augmentation,
): Mix | null {
  const random = stream(seed, purpose, epoch, index, LANE.mix);
  const coin = random.uniform() < 0.5;
  const chance = random.uniform();
  const cuts = cutmix !== undefined && (mixup === undefined || coin);
  const chosen = cuts ? cutmix : mixup;
  if (!chosen || chance >= chosen.p) return null;
  const share = drawBeta(random, chosen.alpha);
  return cuts ? cut(size, random, share) : { share, box: null };
}
