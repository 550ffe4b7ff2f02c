import { augment } from '@tidemark/training/augment/augment';
import { draw, IDENTITY } from '@tidemark/training/augment/draw';
import { resample } from '@tidemark/training/augment/resample';
import { simdKernel } from '@tidemark/training/augment/simd';
import { AugmentationConfig } from '@tidemark/training/config/augmentation';
import { PURPOSE } from '@tidemark/training/rng';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type * as z from 'zod';
import { bytesImage, greatestDifference } from './images.ts';

const config = (options: z.input<typeof AugmentationConfig> = {}) => AugmentationConfig.parse(options);
const PUBLISHED = config({
  rotation_range: 40,
  width_shift_range: 0.2,
  height_shift_range: 0.2,
  shear_range: 0.2,
  zoom_range: 0.2,
  horizontal_flip: true,
});
const modes = fc.constantFrom('nearest', 'reflect', 'wrap', 'constant');
const sizes = fc.tuple(
  fc.integer({ min: 1, max: 12 }),
  fc.integer({ min: 1, max: 12 }),
  fc.integer({ min: 1, max: 4 }),
);
const SIZE = [180, 180] as const;

describe('augment', () => {
  test('the identity draw gives the same pixels, and leaves its input alone', () => {
    fc.assert(
      fc.property(sizes, modes, ([h, w, c], fill_mode) => {
        const image = bytesImage([h, w, c]);
        expect(augment(image, h, w, c, { fill_mode, cval: 3 }, IDENTITY)).toEqual(image);
        expect(image).toEqual(bytesImage([h, w, c]));
      }),
    );
  });

  test('a full turn gives the same pixels where the border does not decide', () => {
    const image = bytesImage([9, 9, 3]);
    for (const fill_mode of ['nearest', 'reflect'] as const) {
      const out = augment(image, 9, 9, 3, { fill_mode, cval: 0 }, { ...IDENTITY, theta: 360 });
      expect(greatestDifference(out, image)).toBeLessThan(1e-4);
    }
  });

  test('shifting by whole pixels moves them; the vacated ones follow the fill mode', () => {
    const row = Float32Array.from([10, 20, 30, 40]);
    const moved = (fill_mode: 'nearest' | 'reflect' | 'wrap' | 'constant', tx: number) => [
      ...augment(row, 1, 4, 1, { fill_mode, cval: 7 }, { ...IDENTITY, tx }),
    ];
    expect(moved('nearest', 2)).toEqual([30, 40, 40, 40]);
    expect(moved('reflect', 2)).toEqual([30, 40, 40, 30]);
    expect(moved('constant', 2)).toEqual([30, 40, 7, 7]);
    // scipy's `wrap` overlaps the ends: its period is the length − 1.
    expect(moved('wrap', 2)).toEqual([30, 40, 20, 30]);
    expect(moved('nearest', -2)).toEqual([10, 10, 10, 20]);
  });

  test('flips are mirrored copies of what the same draw gives without them', () => {
    fc.assert(
      fc.property(
        sizes,
        modes,
        fc.double({ min: -180, max: 180, noNaN: true }),
        fc.boolean(),
        ([h, w, c], fill_mode, theta, moves) => {
          const image = bytesImage([h, w, c]);
          const base = { ...IDENTITY, theta: moves ? theta : 0 };
          const plain = augment(image, h, w, c, { fill_mode, cval: 3 }, base);
          const flipped = augment(
            image,
            h,
            w,
            c,
            { fill_mode, cval: 3 },
            { ...base, flip_horizontal: true, flip_vertical: true },
          );
          for (let i = 0; i < h; i++)
            for (let j = 0; j < w; j++)
              for (let k = 0; k < c; k++)
                expect(flipped[(i * w + j) * c + k]).toBe(plain[((h - 1 - i) * w + (w - 1 - j)) * c + k]);
        },
      ),
    );
  });

  test('values stay between the image’s own extremes, whatever is drawn', () => {
    const everything = config({ ...PUBLISHED, channel_shift_range: 90, vertical_flip: true, rotation_range: 180 });
    fc.assert(
      fc.property(sizes, modes, fc.nat(2 ** 32 - 1), fc.nat(1000), ([h, w, c], fill_mode, seed, index) => {
        const image = bytesImage([h, w, c]);
        const cval = image[0]!;
        const out = augment(image, h, w, c, { fill_mode, cval }, draw(everything, [h, w], seed, 0, index));
        expect(Math.min(...out)).toBeGreaterThanOrEqual(Math.min(...image));
        expect(Math.max(...out)).toBeLessThanOrEqual(Math.max(...image));
      }),
    );
  });

  test('the SIMD kernel and the portable one give the same bytes', () => {
    expect(simdKernel(1, 1, 1, false)).not.toBeNull();
    const coefficient = fc.double({ min: -3, max: 3, noNaN: true });
    const offset = fc.oneof(fc.double({ min: -60, max: 60, noNaN: true }), fc.integer({ min: -40, max: 40 }));
    const affines = fc.record({
      rr: coefficient,
      rc: coefficient,
      cr: coefficient,
      cc: coefficient,
      r0: offset,
      c0: offset,
    });
    fc.assert(
      fc.property(sizes, modes, affines, fc.nat(7), ([h, w, c], fillMode, affine, bits) => {
        const image = { data: bytesImage([h, w, c]), rows: h, columns: w, channels: c };
        const [flipHorizontal, flipVertical, precise] = [(bits & 1) > 0, (bits & 2) > 0, (bits & 4) > 0];
        const options = { fillMode, cval: 5, flipHorizontal, flipVertical, precise };
        const [fast, portable] = [new Float32Array(image.data.length), new Float32Array(image.data.length)];
        const factor = bits & 1 ? 1 : Math.fround(1 / 255);
        resample(image, fast, affine, options, factor);
        resample(image, portable, affine, options, factor, true);
        expect(fast).toEqual(portable);
      }),
      { numRuns: 1000 },
    );
  });

  test('writes into the buffer it is given', () => {
    const image = bytesImage([5, 6, 3]);
    const out = new Float32Array(image.length);
    expect(augment(image, 5, 6, 3, PUBLISHED, { ...IDENTITY, theta: 9 }, out)).toBe(out);
    expect(out).toEqual(augment(image, 5, 6, 3, PUBLISHED, { ...IDENTITY, theta: 9 }));
  });
});

describe('draw', () => {
  const address = fc.tuple(fc.nat(2 ** 32 - 1), fc.nat(10_000), fc.nat(1e6));

  test('depends on (seed, epoch, index) and on nothing else', () => {
    fc.assert(
      fc.property(address, address, (one, two) => {
        const first = draw(PUBLISHED, SIZE, ...one);
        draw(PUBLISHED, SIZE, ...two);
        expect(draw(PUBLISHED, SIZE, ...one)).toEqual(first);
        if (one.join() !== two.join()) expect(draw(PUBLISHED, SIZE, ...two)).not.toEqual(first);
      }),
    );
    const [seed, epoch, index] = [1, 2, 3];
    expect(draw(PUBLISHED, SIZE, seed, epoch, index, PURPOSE.augmentValidation)).not.toEqual(
      draw(PUBLISHED, SIZE, seed, epoch, index),
    );
  });

  // Runs that were recorded must augment alike for ever: these numbers are a promise.
  test('stays what it was', () => {
    const { theta, tx, ty, shear, zx, zy, flip_horizontal } = draw(PUBLISHED, SIZE, 1, 0, 0);
    expect({ theta, tx, ty, shear, zx, zy, flip_horizontal }).toMatchInlineSnapshot(`
      {
        "flip_horizontal": false,
        "shear": -0.009479705760837077,
        "theta": -38.25089359464528,
        "tx": -25.0141541807831,
        "ty": -24.66025131159532,
        "zx": 0.9901662504584517,
        "zy": 0.945744335732663,
      }
    `);
  });

  test('switching one parameter on leaves the others as they were', () => {
    const alone = draw(config({ horizontal_flip: true, zoom_range: 0.2 }), SIZE, 5, 1, 17);
    const together = draw(config({ ...PUBLISHED, brightness_range: [0.5, 1.5] }), SIZE, 5, 1, 17);
    expect([together.zx, together.zy, together.flip_horizontal]).toEqual([alone.zx, alone.zy, alone.flip_horizontal]);
  });

  const draws = (options: z.input<typeof AugmentationConfig>, n = 4000) =>
    Array.from({ length: n }, (_, index) => draw(config(options), [100, 50], 7, 0, index));
  const spread = (values: number[]) => [Math.min(...values), Math.max(...values)];

  test('every parameter fills its range, axes apart', () => {
    const all = draws({ ...PUBLISHED, channel_shift_range: 30, brightness_range: [0.5, 2], vertical_flip: true });
    const close = (values: number[], low: number, high: number) => {
      const [least, greatest] = spread(values);
      expect(least).toBeGreaterThanOrEqual(low);
      expect(greatest).toBeLessThanOrEqual(high);
      expect(greatest! - least!).toBeGreaterThan(0.99 * (high - low));
    };
    close(
      all.map((d) => d.theta),
      -40,
      40,
    );
    close(
      all.map((d) => d.tx),
      -20,
      20,
    ); // height_shift_range 0.2 of 100 rows
    close(
      all.map((d) => d.ty),
      -10,
      10,
    );
    close(
      all.map((d) => d.shear),
      -0.2,
      0.2,
    );
    close(
      all.map((d) => d.zx),
      0.8,
      1.2,
    );
    expect(all.filter((d) => Math.abs(d.zx - d.zy) > 0.2).length).toBeGreaterThan(all.length / 5);
    close(
      all.map((d) => d.channel_shift!),
      -30,
      30,
    );
    close(
      all.map((d) => d.brightness!),
      0.5,
      2,
    );
    for (const flip of ['flip_horizontal', 'flip_vertical'] as const)
      expect(all.filter((d) => d[flip]).length / all.length).toBeCloseTo(0.5, 1);
  });

  test('shift ranges: whole numbers, pixels, lists, lists of fractions, as Keras reads them', () => {
    const ty = (width_shift_range: number | number[]) => draws({ width_shift_range }).map((d) => d.ty);
    expect([...new Set(ty(3))].sort((a, b) => a - b)).toEqual([-2, -1, 0, 1, 2]);
    const [least, greatest] = spread(ty(2.5));
    expect([least! < -2.4 && least! >= -2.5, greatest! > 2.4 && greatest! <= 2.5]).toEqual([true, true]);
    expect([...new Set(ty([4, 9]))].sort((a, b) => a - b)).toEqual([-9, -4, 4, 9]);
    expect([...new Set(ty([0.1, 0.5]))].sort((a, b) => a - b)).toEqual([-25, -5, 5, 25]);
    expect(new Set(ty(0))).toEqual(new Set([0]));
  });

  test('without augmentation nothing is drawn', () => {
    expect(draw(config(), SIZE, 1, 2, 3)).toEqual(IDENTITY);
  });
});
