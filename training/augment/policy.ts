import type { AugmentationConfig } from '../config/augmentation.ts';
import type { Stream } from '../rng.ts';

export const MOVES = ['ShearX', 'ShearY', 'TranslateX', 'TranslateY', 'Rotate'] as const;
export const RETOUCHES = [
  'Brightness',
  'Color',
  'Contrast',
  'Sharpness',
  'Posterize',
  'Solarize',
  'AutoContrast',
  'Equalize',
] as const;
export type Move = (typeof MOVES)[number];
export type Retouch = (typeof RETOUCHES)[number];

/**
 * One operation of a policy. `by`: shears as a tangent, translations in pixels, rotations in degrees (counter-clockwise), bits that
 * Posterize keeps, the level from which Solarize inverts; for the four enhancements what is added to a factor of 1.
 */
export interface PolicyStep {
  op: 'Identity' | Move | Retouch;
  by: number;
}

interface Strength {
  op: PolicyStep['op'];
  /** Of bin 0 and of the last bin. */
  range: readonly [number, number];
  /** Either sign, by chance. */
  signed?: true;
  whole?: true;
}

const enhancements = (most: number): Strength[] =>
  (['Brightness', 'Color', 'Contrast', 'Sharpness'] as const).map((op) => ({ op, range: [0, most], signed: true }));

/** The operations and strengths of TrivialAugmentWide (Müller, Hutter 2021, table 1; torchvision 0.14, autoaugment.py). */
const WIDE: readonly Strength[] = [
  { op: 'Identity', range: [0, 0] },
  { op: 'ShearX', range: [0, 0.99], signed: true },
  { op: 'ShearY', range: [0, 0.99], signed: true },
  { op: 'TranslateX', range: [0, 32], signed: true },
  { op: 'TranslateY', range: [0, 32], signed: true },
  { op: 'Rotate', range: [0, 135], signed: true },
  ...enhancements(0.99),
  { op: 'Posterize', range: [8, 2], whole: true },
  { op: 'Solarize', range: [255, 0] },
  { op: 'AutoContrast', range: [0, 0] },
  { op: 'Equalize', range: [0, 0] },
];

/** Those of RandAugment (Cubuk, Zoph, Shlens, Le 2019) as torchvision 0.14 has them: a shift is a share of the image. */
const randAugmentOps = ([rows, columns]: readonly [number, number]): readonly Strength[] => [
  { op: 'Identity', range: [0, 0] },
  { op: 'ShearX', range: [0, 0.3], signed: true },
  { op: 'ShearY', range: [0, 0.3], signed: true },
  { op: 'TranslateX', range: [0, (150 / 331) * columns], signed: true },
  { op: 'TranslateY', range: [0, (150 / 331) * rows], signed: true },
  { op: 'Rotate', range: [0, 30], signed: true },
  ...enhancements(0.9),
  { op: 'Posterize', range: [8, 4], whole: true },
  { op: 'Solarize', range: [255, 0] },
  { op: 'AutoContrast', range: [0, 0] },
  { op: 'Equalize', range: [0, 0] },
];

const TRIVIAL_BINS = 31;

/** Python's rounding, as the table of Posterize was made with it: halves go to the even number. */
const toEven = (value: number): number => (value % 1 === 0.5 ? 2 * Math.round(value / 2) : Math.round(value));

function stepOf({ op, range, signed, whole }: Strength, bin: number, bins: number, negative: boolean): PolicyStep {
  const part = (range[1] - range[0]) * (bin / (bins - 1));
  const size = range[0] + (whole ? -toEven(-part) : part);
  // Translations are cut to whole pixels.
  const cut = op.startsWith('Translate') ? Math.trunc(size) : size;
  return { op, by: signed && negative ? -cut || 0 : cut };
}

/** TrivialAugment: an operation and a strength, both uniform. */
export function drawTrivialAugment(random: Stream): PolicyStep[] {
  const strength = WIDE[random.integer(WIDE.length)]!;
  return [stepOf(strength, random.integer(TRIVIAL_BINS), TRIVIAL_BINS, random.uniform() < 0.5)];
}

/** RandAugment: `num_ops` operations, uniform and independent, all of strength `magnitude`. */
export function drawRandAugment(
  { num_ops, magnitude, num_magnitude_bins }: NonNullable<AugmentationConfig['rand_augment']>,
  size: readonly [number, number],
  random: Stream,
): PolicyStep[] {
  const table = randAugmentOps(size);
  return Array.from({ length: num_ops }, () => {
    const strength = table[random.integer(table.length)]!;
    return stepOf(strength, magnitude, num_magnitude_bins, random.uniform() < 0.5);
  });
}
