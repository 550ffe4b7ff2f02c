import { drawMix, type Mix } from '@tidemark/training/augment/mix';
import { mixBatch } from '@tidemark/training/augment/mix-batch';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

const SIZE = [40, 60] as const;
const BOTH = { mixup: { alpha: 0.2, p: 1 }, cutmix: { alpha: 1, p: 1 } };

describe('drawMix', () => {
  const mixes = (config: Parameters<typeof drawMix>[0], n = 4000) =>
    Array.from({ length: n }, (_, index) => drawMix(config, SIZE, 5, 1, index));

  test('nothing without a config, and by p', () => {
    expect(mixes({}, 50).every((mix) => mix === null)).toBe(true);
    const some = mixes({ mixup: { alpha: 1, p: 0.25 } }).filter((mix) => mix !== null).length;
    expect(Math.abs(some - 1000)).toBeLessThan(3.3 * Math.sqrt(4000 * 0.25 * 0.75));
  });

  test('depends on (seed, epoch, index) and on nothing else', () => {
    fc.assert(
      fc.property(fc.nat(2 ** 32 - 1), fc.nat(1000), fc.nat(1e6), (seed, epoch, index) => {
        const mix = drawMix(BOTH, SIZE, seed, epoch, index);
        drawMix(BOTH, SIZE, seed, epoch, index + 1);
        expect(drawMix(BOTH, SIZE, seed, epoch, index)).toEqual(mix);
        expect(drawMix(BOTH, SIZE, seed, epoch + 1, index)).not.toEqual(mix);
      }),
    );
  });

  test('with both, a coin decides; each alone is itself', () => {
    const cuts = (config: Parameters<typeof drawMix>[0]) => mixes(config).filter((mix) => mix!.box !== null).length;
    expect(cuts({ mixup: BOTH.mixup })).toBe(0);
    expect(cuts({ cutmix: BOTH.cutmix })).toBe(4000);
    expect(Math.abs(cuts(BOTH) - 2000)).toBeLessThan(3.3 * Math.sqrt(1000));
  });

  test('CutMix’s share is the area that is left, and its boxes lie inside', () => {
    for (const mix of mixes({ cutmix: { alpha: 1, p: 1 } })) {
      const { top, left, height, width } = mix!.box!;
      expect(mix!.share).toBe(1 - (height * width) / (40 * 60));
      expect(top >= 0 && left >= 0 && top + height <= 40 && left + width <= 60).toBe(true);
    }
  });
});

/** A batch whose every pixel and label is a random number. */
const batches = fc
  .record({
    count: fc.integer({ min: 1, max: 5 }),
    rows: fc.integer({ min: 1, max: 5 }),
    columns: fc.integer({ min: 1, max: 5 }),
    channels: fc.constantFrom(1, 3),
    outputs: fc.integer({ min: 1, max: 3 }),
    seed: fc.nat(),
    weighted: fc.boolean(),
  })
  .map(({ weighted, seed, ...shape }) => {
    const { count, rows, columns, channels, outputs } = shape;
    let state = seed;
    const fill = (n: number) =>
      Float32Array.from({ length: n }, () => {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        return (state >>> 24) / 256;
      });
    const labels = new Float32Array(count * outputs);
    for (let row = 0; row < count; row++) labels[row * outputs + ((seed + row) % outputs)] = 1;
    return {
      ...shape,
      images: fill(count * rows * columns * channels),
      labels,
      weights: weighted ? fill(count) : undefined,
    };
  });

describe('mixBatch', () => {
  const mixOf = (share: number, cuts: boolean, rows: number, columns: number): Mix => {
    if (!cuts) return { share, box: null };
    const [height, width] = [Math.ceil(rows / 2), Math.ceil(columns / 2)];
    return { share: 1 - (height * width) / (rows * columns), box: { top: 0, left: columns - width, height, width } };
  };

  test('each image is mixed with the one before it as it was; labels and weights by the same share', () => {
    const part = fc.record({ share: fc.integer({ min: 0, max: 16 }), cuts: fc.boolean(), mixed: fc.boolean() });
    fc.assert(
      fc.property(batches, fc.array(part, { minLength: 5, maxLength: 5 }), (batch, parts) => {
        const { count, rows, columns, channels, outputs } = batch;
        const before = { images: batch.images.slice(), labels: batch.labels.slice(), weights: batch.weights?.slice() };
        const mixes = parts
          .slice(0, count)
          .map(({ share, cuts, mixed }) => (mixed ? mixOf(share / 16, cuts, rows, columns) : null));
        mixBatch(batch, mixes);
        const size = rows * columns * channels;
        for (let row = 0; row < count; row++) {
          const partner = (row + count - 1) % count;
          const { share, box } = mixes[row] ?? { share: 1, box: null };
          const blend = (all: Float32Array, width: number, i: number) =>
            Math.fround(all[row * width + i]! * share + all[partner * width + i]! * (1 - share));
          for (let i = 0; i < size; i++) {
            const [y, x] = [Math.floor(i / (columns * channels)), Math.floor((i % (columns * channels)) / channels)];
            const cut = box && y < box.top + box.height && x >= box.left;
            const wanted = box ? before.images[(cut ? partner : row) * size + i]! : blend(before.images, size, i);
            expect(batch.images[row * size + i]).toBe(wanted);
          }
          let mass = 0;
          for (let i = 0; i < outputs; i++) {
            expect(batch.labels[row * outputs + i]).toBe(blend(before.labels, outputs, i));
            mass += batch.labels[row * outputs + i]!;
          }
          expect(mass).toBeCloseTo(1, 6);
          if (before.weights) expect(batch.weights![row]).toBe(blend(before.weights, 1, 0));
        }
      }),
      { numRuns: 300 },
    );
  });
});
