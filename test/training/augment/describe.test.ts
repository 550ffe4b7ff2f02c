import {
  augment,
  type Draw,
  describeDraw,
  describeMix,
  draw,
  IDENTITY,
  isIdentity,
} from '@tidemark/training/augment/index';
import { AugmentationConfig } from '@tidemark/training/config/augmentation';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type * as z from 'zod';
import { bytesImage } from './images.ts';

const config = (options: z.input<typeof AugmentationConfig> = {}) => AugmentationConfig.parse(options);
const words = (part: Partial<Draw>) => describeDraw({ ...IDENTITY, ...part });

/** Where a bright pixel at (row, column) from the middle of a 41×41 image ends up. */
function follow(part: Partial<Draw>, row: number, column: number): [number, number] {
  const n = 41;
  const middle = 20;
  const image = new Float32Array(n * n);
  image[(middle + row) * n + middle + column] = 200;
  const out = augment(image, n, n, 1, { fill_mode: 'constant', cval: 0 }, { ...IDENTITY, ...part });
  let [sum, rows, columns] = [0, 0, 0];
  out.forEach((value, i) => {
    sum += value;
    rows += value * Math.floor(i / n);
    columns += value * (i % n);
  });
  return [rows / sum - middle, columns / sum - middle];
}

describe('describeDraw', () => {
  test('says left, right, up and down as they look', () => {
    expect(words({ theta: 30 })).toBe('turned 30° left');
    expect(follow({ theta: 30 }, 0, 10)[0]).toBeLessThan(-4); // the right end rises: counter-clockwise
    expect(words({ tx: 5 })).toBe('moved 5 px left');
    expect(follow({ tx: 5 }, 0, 0)[1]).toBeCloseTo(-5);
    expect(words({ ty: -4 })).toBe('moved 4 px down');
    expect(follow({ ty: -4 }, 0, 0)[0]).toBeCloseTo(4);
    expect(words({ shear: 20 })).toBe('slanted 20° left');
    expect(follow({ shear: 20 }, -10, 0)[1]).toBeLessThan(-3); // the top leans left
    expect(words({ zx: 2 })).toBe('50 % wide');
    expect(follow({ zx: 2 }, 10, 10)[1]).toBeCloseTo(5);
    expect(words({ zy: 0.8 })).toBe('125 % high');
    expect(words({ flip_horizontal: true, flip_vertical: true })).toBe('mirrored and upside down');
    expect(words({ theta: 12, flip_horizontal: true })).toBe('turned 12° left, then mirrored');
  });

  test('joins what happened and leaves out what nobody sees', () => {
    const all = {
      theta: -23.4,
      tx: -12.2,
      ty: 3.7,
      shear: 0.01,
      zx: 0.95,
      zy: 1.1,
      channel_shift: -20,
      brightness: 0.8,
    };
    expect(words(all)).toBe(
      'turned 23° right, moved 12 px right and 4 px up, 105 % wide and 91 % high, every channel −20, brightness 80 %',
    );
    expect(words({ theta: 0.2, tx: -0.3, channel_shift: 0.1 })).toBe('unchanged');
    expect(words({})).toBe('unchanged');
  });
});

describe('describeDraw, beyond the generator', () => {
  test('names crop, policy, colours, blur and what is erased', () => {
    const box = { top: 4, left: 7, height: 30, width: 20 };
    expect(words({ random_resized_crop: box })).toBe('cut to 20×30 px at 7, 4');
    expect(words({ policy: [{ op: 'Identity', by: 0 }] })).toBe('unchanged');
    const policy: Draw['policy'] = [
      { op: 'ShearX', by: -0.3 },
      { op: 'TranslateY', by: 12 },
      { op: 'Rotate', by: -90 },
      { op: 'Contrast', by: -0.4 },
      { op: 'Posterize', by: 3 },
      { op: 'Solarize', by: 127.5 },
      { op: 'Equalize', by: 0 },
    ];
    expect(words({ policy })).toBe(
      'ShearX −0.3, TranslateY +12 px, Rotate −90°, Contrast 60 %, Posterize to 3 bits, Solarize from 128, Equalize',
    );
    expect(
      words({
        flip_horizontal: true,
        color_jitter: [
          { name: 'hue', by: -0.1 },
          { name: 'saturation', by: 1.2 },
        ],
        gaussian_blur: { kernel_size: 9, sigma: 1.23 },
        random_erasing: { ...box, value: [0] },
      }),
    ).toBe('mirrored, hue −36°, saturation 120 %, blurred by 1.2 px, 20×30 px erased at 7, 4');
  });

  test('a mix tells how much of what', () => {
    expect(describeMix({ share: 0.68, box: null }, 'b.jpg')).toBe('mixed with 32 % of b.jpg');
    expect(describeMix({ share: 0.75, box: { top: 0, left: 0, height: 1, width: 1 } }, 'b.jpg')).toBe(
      '25 % pasted from b.jpg',
    );
  });
});

describe('isIdentity', () => {
  test('only for a config that changes nothing', () => {
    expect(isIdentity(config())).toBe(true);
    expect(isIdentity(config({ fill_mode: 'wrap', cval: 9, augment_validation: true, zoom_range: [1, 1] }))).toBe(true);
    const changes: z.input<typeof AugmentationConfig>[] = [
      { rotation_range: 1 },
      { width_shift_range: 0.1 },
      { height_shift_range: [0, 3] },
      { shear_range: 1 },
      { zoom_range: 0.1 },
      { zoom_range: [1, 2] },
      { horizontal_flip: true },
      { vertical_flip: true },
      { channel_shift_range: 1 },
      { brightness_range: [1, 1] },
      { random_resized_crop: {} },
      { trivial_augment: true },
      { rand_augment: {} },
      { color_jitter: { hue: 0.1 } },
      { gaussian_blur: { kernel_size: 3 } },
      { random_erasing: {} },
    ];
    for (const change of changes) expect(isIdentity(config(change)), JSON.stringify(change)).toBe(false);
  });

  test('then every draw leaves the image as it was', () => {
    const still = fc.constantFrom<z.input<typeof AugmentationConfig>>(
      {},
      { width_shift_range: 1 },
      { zoom_range: [1, 1] },
    );
    fc.assert(
      fc.property(still, fc.nat(2 ** 32 - 1), fc.nat(), (options, seed, index) => {
        expect(isIdentity(config(options))).toBe(true);
        const image = bytesImage([4, 5, 3]);
        expect(augment(image, 4, 5, 3, config(options), draw(config(options), [4, 5], seed, 0, index))).toEqual(image);
      }),
    );
  });
});
