import { augment } from '@tidemark/training/augment/augment';
import { drawBeta } from '@tidemark/training/augment/beta';
import { blur, gaussianKernel } from '@tidemark/training/augment/blur';
import { type Draw, draw, IDENTITY } from '@tidemark/training/augment/draw';
import { drawMix } from '@tidemark/training/augment/mix';
import { MOVES, RETOUCHES } from '@tidemark/training/augment/policy';
import { simdTaps } from '@tidemark/training/augment/simd';
import { AugmentationConfig } from '@tidemark/training/config/augmentation';
import { PURPOSE, stream } from '@tidemark/training/rng';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type * as z from 'zod';
import { bytesImage, greatestDifference } from './images.ts';

type Options = z.input<typeof AugmentationConfig>;
const config = (options: Options = {}) => AugmentationConfig.parse(options);
const SIZE = [60, 40] as const;
const draws = (options: Options, n = 4000, size: readonly [number, number] = SIZE) =>
  Array.from({ length: n }, (_, index) => draw(config(options), size, 11, 2, index));

/** Kolmogorov–Smirnov: greatest distance of the draws' distribution from the true one, times √n. 1.95 is passed once in a thousand. */
function distance(values: readonly number[], cdf: (x: number) => number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const n = sorted.length;
  let worst = 0;
  sorted.forEach((x, i) => {
    worst = Math.max(worst, (i + 1) / n - cdf(x), cdf(x) - i / n);
  });
  return worst * Math.sqrt(n);
}
const uniform = (low: number, high: number) => (x: number) => Math.min(1, Math.max(0, (x - low) / (high - low)));

/** Pearson's χ² of counts that should be equal. */
const chiSquare = (counts: readonly number[]): number => {
  const mean = counts.reduce((a, b) => a + b, 0) / counts.length;
  return counts.reduce((sum, count) => sum + (count - mean) ** 2 / mean, 0);
};
const counted = (values: readonly (string | number)[]): number[] => {
  const by = new Map<string | number, number>();
  for (const value of values) by.set(value, (by.get(value) ?? 0) + 1);
  return [...by.values()];
};

const ALL: Options = {
  rotation_range: 20,
  horizontal_flip: true,
  random_resized_crop: {},
  trivial_augment: true,
  color_jitter: { brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1 },
  gaussian_blur: { kernel_size: 5 },
  random_erasing: { p: 1, value: 'random' },
};

describe('draws', () => {
  test('an argument draws the same whatever else is switched on', () => {
    const [all] = draws(ALL, 1);
    const keys = ['random_resized_crop', 'trivial_augment', 'color_jitter', 'gaussian_blur', 'random_erasing'] as const;
    for (const key of keys) {
      const [alone] = draws({ [key]: ALL[key] }, 1);
      const field = key === 'trivial_augment' ? 'policy' : key;
      expect(alone![field], key).toEqual(all![field]);
      expect(alone!.theta).toBe(0);
    }
    expect(draws({ rotation_range: 20 }, 1)[0]!.theta).toBe(all!.theta);
  });

  // Runs that were recorded must augment alike for ever: these numbers are a promise.
  test('stay what they were', () => {
    const { random_resized_crop, policy, color_jitter, gaussian_blur, random_erasing } = draw(
      config(ALL),
      [180, 180],
      1,
      0,
      3,
    );
    const rand = draw(config({ rand_augment: {} }), [180, 180], 1, 0, 3).policy;
    const mixed = drawMix(config({ mixup: {}, cutmix: {} }), [180, 180], 1, 0, 3);
    expect({
      random_resized_crop,
      policy,
      color_jitter,
      gaussian_blur,
      random_erasing,
      rand,
      mixed,
    }).toMatchInlineSnapshot(`
      {
        "color_jitter": [
          {
            "by": -0.05574652885910874,
            "name": "hue",
          },
          {
            "by": 0.9234720681220909,
            "name": "saturation",
          },
          {
            "by": 1.0853656221893133,
            "name": "contrast",
          },
          {
            "by": 0.6993352471770127,
            "name": "brightness",
          },
        ],
        "gaussian_blur": {
          "kernel_size": 5,
          "sigma": 0.1860004864787938,
        },
        "mixed": {
          "box": null,
          "share": 2.0038187013591114e-8,
        },
        "policy": [
          {
            "by": 0.363,
            "op": "Sharpness",
          },
        ],
        "rand": [
          {
            "by": 0,
            "op": "Identity",
          },
          {
            "by": 7,
            "op": "Posterize",
          },
        ],
        "random_erasing": {
          "height": 22,
          "left": 54,
          "top": 20,
          "value": {
            "noise": 2756122356,
          },
          "width": 59,
        },
        "random_resized_crop": {
          "height": 132,
          "left": 28,
          "top": 44,
          "width": 104,
        },
      }
    `);
  });

  test('Beta(α, α) has its distribution, also for a tiny α', () => {
    const shares = (alpha: number) => {
      const random = stream(3, PURPOSE.augmentation, 1, 2);
      return Array.from({ length: 20_000 }, () => drawBeta(random, alpha));
    };
    expect(distance(shares(1), (x) => x)).toBeLessThan(1.95);
    expect(distance(shares(0.5), (x) => (2 / Math.PI) * Math.asin(Math.sqrt(x)))).toBeLessThan(1.95);
    expect(distance(shares(2), (x) => x * x * (3 - 2 * x))).toBeLessThan(1.95);
    expect(distance(shares(3), (x) => x ** 3 * (10 - 15 * x + 6 * x * x))).toBeLessThan(1.95);
    // The arcsine's distance to a wrong distribution is seen.
    expect(distance(shares(0.5), (x) => x)).toBeGreaterThan(10);
    const tiny = shares(1e-3);
    expect(tiny.every((share) => share >= 0 && share <= 1)).toBe(true);
    expect(tiny.filter((share) => share < 0.01 || share > 0.99).length).toBeGreaterThan(19_800);
    expect(tiny.reduce((a, b) => a + b, 0) / tiny.length).toBeCloseTo(0.5, 1);
  });

  test('random_resized_crop: area uniform in scale, aspect log-uniform in ratio, inside the image', () => {
    const big = [400, 400] as const;
    const boxes = draws({ random_resized_crop: { scale: [0.1, 0.5], ratio: [0.5, 2] } }, 4000, big).map(
      (one) => one.random_resized_crop!,
    );
    for (const { top, left, height, width } of boxes) {
      expect(Math.min(top, left)).toBeGreaterThanOrEqual(0);
      expect(top + height).toBeLessThanOrEqual(400);
      expect(left + width).toBeLessThanOrEqual(400);
    }
    // At most half the image at an aspect of 2 fits always, so nothing is rejected; sides are whole pixels.
    const areas = boxes.map(({ height, width }) => (height * width) / 400 ** 2);
    expect(distance(areas, uniform(0.1, 0.5))).toBeLessThan(1.95);
    const aspects = boxes.map(({ height, width }) => Math.log(width / height));
    expect(distance(aspects, uniform(-Math.log(2), Math.log(2)))).toBeLessThan(2.2);
    expect(Math.max(...boxes.map(({ top, height }) => (400 === height ? 0 : top / (400 - height))))).toBeGreaterThan(
      0.99,
    );
  });

  test('random_resized_crop falls back to the middle when nothing fits', () => {
    const { random_resized_crop: box } = draws({ random_resized_crop: { scale: [1, 1], ratio: [2, 2] } }, 1)[0]!;
    expect(box).toEqual({ top: 20, left: 0, height: 20, width: 40 });
    const [tall] = draws({ random_resized_crop: { scale: [1, 1], ratio: [0.5, 0.5] } }, 1, [40, 60]);
    expect(tall!.random_resized_crop).toEqual({ top: 0, left: 20, height: 40, width: 20 });
    const [thin] = draws({ random_resized_crop: { scale: [1, 1], ratio: [1, 1] } }, 1, [40, 60]);
    expect(thin!.random_resized_crop).toEqual({ top: 0, left: 10, height: 40, width: 40 });
  });

  test('random_erasing: p, area uniform in scale, height over width log-uniform in ratio', () => {
    const big = [400, 400] as const;
    const all = draws({ random_erasing: { p: 0.3, scale: [0.05, 0.2], ratio: [0.5, 3] } }, 8000, big);
    const boxes = all.flatMap((one) => (one.random_erasing ? [one.random_erasing] : []));
    expect(Math.abs(boxes.length - 2400)).toBeLessThan(3.3 * Math.sqrt(8000 * 0.3 * 0.7));
    expect(
      distance(
        boxes.map(({ height, width }) => (height * width) / 400 ** 2),
        uniform(0.05, 0.2),
      ),
    ).toBeLessThan(1.95);
    expect(
      distance(
        boxes.map(({ height, width }) => Math.log(height / width)),
        uniform(Math.log(0.5), Math.log(3)),
      ),
    ).toBeLessThan(2.2);
  });

  test('color_jitter: factors and hue uniform, all 24 orders alike often', () => {
    const all = draws({ color_jitter: { brightness: 0.4, contrast: [0.2, 3], saturation: 1.5, hue: 0.25 } }, 6000);
    const amounts = (name: string) => all.map((one) => one.color_jitter!.find((step) => step.name === name)!.by);
    expect(distance(amounts('brightness'), uniform(0.6, 1.4))).toBeLessThan(1.95);
    expect(distance(amounts('contrast'), uniform(0.2, 3))).toBeLessThan(1.95);
    expect(distance(amounts('saturation'), uniform(0, 2.5))).toBeLessThan(1.95);
    expect(distance(amounts('hue'), uniform(-0.25, 0.25))).toBeLessThan(1.95);
    const orders = counted(all.map((one) => one.color_jitter!.map(({ name }) => name).join()));
    expect(orders).toHaveLength(24);
    expect(chiSquare(orders)).toBeLessThan(49.7); // 23 degrees of freedom, once in a thousand
    expect(draws({ color_jitter: { brightness: 0.4, p: 0 } }, 20).every((one) => one.color_jitter === null)).toBe(true);
    expect(draws({ color_jitter: {} }, 20).every((one) => one.color_jitter === null)).toBe(true);
  });

  test('gaussian_blur: sigma uniform, p as said', () => {
    const all = draws({ gaussian_blur: { kernel_size: 9, sigma: [0.5, 2], p: 0.5 } });
    const sigmas = all.flatMap((one) => (one.gaussian_blur ? [one.gaussian_blur.sigma] : []));
    expect(Math.abs(sigmas.length - 2000)).toBeLessThan(3.3 * Math.sqrt(1000));
    expect(distance(sigmas, uniform(0.5, 2))).toBeLessThan(1.95);
  });

  test('trivial_augment and rand_augment: 14 operations alike often, signs a coin', () => {
    const trivial = draws({ trivial_augment: true }, 14_000).map(({ policy }) => policy);
    expect(trivial.every((policy) => policy.length === 1)).toBe(true);
    const rand = draws({ rand_augment: { num_ops: 3, magnitude: 9 } }, 14_000).map(({ policy }) => policy);
    expect(rand.every((policy) => policy.length === 3)).toBe(true);
    for (const steps of [trivial.flat(), rand.flat()]) {
      const ops = counted(steps.map(({ op }) => op));
      expect(ops).toHaveLength(14);
      expect(chiSquare(ops)).toBeLessThan(34.5); // 13 degrees of freedom, once in a thousand
    }
    const turns = rand.flat().filter(({ op }) => op === 'Rotate');
    expect(new Set(turns.map(({ by }) => by))).toEqual(new Set([9, -9]));
    const left = turns.filter(({ by }) => by > 0).length;
    expect(Math.abs(left - turns.length / 2)).toBeLessThan(1.65 * Math.sqrt(turns.length));
  });
});

describe('augment', () => {
  const sizes = fc.tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 12 }), fc.constantFrom(1, 3));
  const fill = { fill_mode: 'constant' as const, cval: 9 };

  test('every operation at zero strength leaves the image as it was', () => {
    const still = [
      ...MOVES.map((op) => ({ policy: [{ op, by: 0 }] })),
      ...(['Brightness', 'Color', 'Contrast', 'Sharpness'] as const).map((op) => ({ policy: [{ op, by: 0 }] })),
      { policy: [{ op: 'Posterize' as const, by: 8 }] },
      { policy: [{ op: 'Solarize' as const, by: 256 }] },
      { policy: [{ op: 'Identity' as const, by: 0 }] },
      { gaussian_blur: { kernel_size: 1, sigma: 2 } },
      ...(['brightness', 'contrast', 'saturation'] as const).map((name) => ({ color_jitter: [{ name, by: 1 }] })),
    ];
    fc.assert(
      fc.property(sizes, fc.constantFrom(...still), ([h, w, c], part) => {
        const image = bytesImage([h, w, c]);
        expect(augment(image, h, w, c, fill, { ...IDENTITY, ...part })).toEqual(image);
        const whole = { ...IDENTITY, ...part, random_resized_crop: { top: 0, left: 0, height: h, width: w } };
        expect(augment(image, h, w, c, fill, whole)).toEqual(image);
      }),
      { numRuns: 300 },
    );
    const image = bytesImage([7, 9, 3]);
    for (const by of [0, 1, -1]) {
      const turned = augment(image, 7, 9, 3, fill, { ...IDENTITY, color_jitter: [{ name: 'hue', by }] });
      expect(greatestDifference(turned, image)).toBeLessThan(1e-4);
    }
  });

  test('values stay within 0 … 255, the input is left alone, and bytes do as well as floats', () => {
    const everything = config({
      ...ALL,
      rand_augment: { num_ops: 3 },
      brightness_range: [0.5, 2],
      channel_shift_range: 50,
    });
    fc.assert(
      fc.property(sizes, fc.nat(2 ** 32 - 1), fc.nat(1000), ([h, w, c], seed, index) => {
        const image = bytesImage([h, w, c]);
        const drawn = draw(everything, [h, w], seed, 0, index);
        const out = augment(image, h, w, c, fill, drawn);
        expect(image).toEqual(bytesImage([h, w, c]));
        for (const value of out) expect(value >= 0 && value <= 255).toBe(true);
        expect(augment(image, h, w, c, fill, drawn)).toEqual(out);
        expect(augment(Uint8Array.from(image), h, w, c, fill, drawn)).toEqual(out);
      }),
      { numRuns: 300 },
    );
  });

  test('crop, rotation, flip and a policy’s moves are one sampling: whole-pixel maps undo each other exactly', () => {
    const image = bytesImage([16, 16, 3]);
    // A quarter to the left by the generator, then one to the right by the policy.
    const around = { ...IDENTITY, theta: 90, policy: [{ op: 'Rotate' as const, by: -90 }] };
    expect(
      greatestDifference(augment(image, 16, 16, 3, { fill_mode: 'nearest', cval: 0 }, around), image),
    ).toBeLessThan(1e-3);
    const there = {
      ...IDENTITY,
      policy: [
        { op: 'TranslateX' as const, by: 5 },
        { op: 'TranslateX' as const, by: -5 },
      ],
    };
    expect(augment(image, 16, 16, 3, fill, there)).toEqual(image);
    // With a change of colours between, what left the image is lost.
    const lost = { ...there, policy: [there.policy[0]!, { op: 'Solarize' as const, by: 256 }, there.policy[1]!] };
    expect(augment(image, 16, 16, 3, fill, lost)).not.toEqual(image);
  });

  test('a policy’s moves come after the flips', () => {
    const image = bytesImage([6, 8, 1]);
    const flip = { ...IDENTITY, flip_horizontal: true };
    const both = augment(image, 6, 8, 1, fill, { ...flip, policy: [{ op: 'TranslateX', by: 3 }] });
    const flipped = augment(image, 6, 8, 1, fill, flip);
    expect(both).toEqual(augment(flipped, 6, 8, 1, fill, { ...IDENTITY, policy: [{ op: 'TranslateX', by: 3 }] }));
    expect([...both.subarray(0, 4)]).toEqual([9, 9, 9, flipped[0]]);
  });

  test('erasing fills its rectangle and nothing else', () => {
    const image = bytesImage([9, 11, 3]);
    const box = { top: 2, left: 3, height: 4, width: 5 };
    const inside = (i: number) => {
      const [y, x] = [Math.floor(i / 33), Math.floor((i % 33) / 3)];
      return y >= 2 && y < 6 && x >= 3 && x < 8;
    };
    const out = (value: readonly number[] | { noise: number }) =>
      augment(image, 9, 11, 3, fill, { ...IDENTITY, random_erasing: { ...box, value } });
    expect([...out([1, 2, 3])]).toEqual([...image].map((value, i) => (inside(i) ? (i % 3) + 1 : value)));
    expect([...out([7])]).toEqual([...image].map((value, i) => (inside(i) ? 7 : value)));
    const noise = out({ noise: 5 });
    noise.forEach((value, i) => {
      if (!inside(i)) expect(value).toBe(image[i]);
    });
    expect(out({ noise: 5 })).toEqual(noise);
    expect(out({ noise: 6 })).not.toEqual(noise);
    const large = new Float32Array(200 * 200);
    const whole = { top: 0, left: 0, height: 200, width: 200, value: { noise: 1 } };
    const filled = augment(large, 200, 200, 1, fill, { ...IDENTITY, random_erasing: whole });
    expect(chiSquare(counted([...filled]))).toBeLessThan(330.5); // 255 degrees of freedom, once in a thousand
  });

  test('white stays white when it is blurred', () => {
    const white = new Float32Array(4 * 6).fill(255);
    blur(white, 4, 6, 1, 5, 0.9911919796789723);
    expect(Math.max(...white)).toBe(255);
  });

  test('blurring keeps a flat image and the mean of a mirrored one; its kernel adds up to 1', () => {
    expect(gaussianKernel(9, 1.7).reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
    const flat = new Float32Array(7 * 5 * 3).fill(100);
    const blurred = augment(flat, 7, 5, 3, fill, { ...IDENTITY, gaussian_blur: { kernel_size: 15, sigma: 3 } });
    expect(greatestDifference(blurred, flat)).toBeLessThan(1e-4);
  });

  test('the SIMD kernel and the portable one blur to the same bytes', () => {
    expect(simdTaps(8, 1)).not.toBeNull();
    fc.assert(
      fc.property(
        sizes,
        fc.integer({ min: 0, max: 20 }),
        fc.double({ min: 0.1, max: 9, noNaN: true }),
        ([h, w, c], half, sigma) => {
          const [fast, portable] = [bytesImage([h, w, c]), bytesImage([h, w, c])];
          blur(fast, h, w, c, 2 * half + 1, sigma);
          blur(portable, h, w, c, 2 * half + 1, sigma, true);
          expect(fast).toEqual(portable);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('rescale multiplies what comes out, in float32, wherever it happens', () => {
    const factor = Math.fround(1 / 255);
    const parts: Partial<Draw>[] = [
      {},
      { flip_horizontal: true },
      { flip_vertical: true },
      { theta: 20, random_erasing: { top: 1, left: 2, height: 9, width: 7, value: [1.3, 2, 250] } },
      { random_erasing: { top: 1, left: 2, height: 9, width: 7, value: { noise: 4 } } },
      { channel_shift: 20, gaussian_blur: { kernel_size: 3, sigma: 1 } },
      { theta: 5, brightness: 0.7 },
      {
        policy: [
          { op: 'Equalize', by: 0 },
          { op: 'Rotate', by: 9 },
        ],
      },
      { color_jitter: [{ name: 'contrast', by: 0.4 }] },
    ];
    // The larger one is multiplied by the kernel.
    for (const [h, w] of [
      [13, 11],
      [41, 37],
    ] as const) {
      const image = bytesImage([h, w, 3]);
      for (const part of parts) {
        const out = new Float32Array(image.length);
        augment(image, h, w, 3, fill, { ...IDENTITY, ...part }, out, 1 / 255);
        const plain = augment(image, h, w, 3, fill, { ...IDENTITY, ...part });
        expect(out, JSON.stringify(part)).toEqual(plain.map((value) => value * factor));
      }
    }
  });

  test('retouching works on whole numbers', () => {
    for (const op of RETOUCHES) {
      const image = bytesImage([8, 8, 3]).map((value) => value * 0.97);
      const out = augment(image, 8, 8, 3, fill, { ...IDENTITY, policy: [{ op, by: op === 'Posterize' ? 3 : 0.3 }] });
      for (const value of out) expect(Number.isInteger(value), op).toBe(true);
    }
  });
});
