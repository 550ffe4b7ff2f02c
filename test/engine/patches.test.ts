import { fillPatches, type PatchLayout, patchMemory } from '@tidemark/worker/engine/onnx/patches';
import { describe, expect, test } from 'vitest';

const layout = (before: readonly [number, number]): PatchLayout => ({
  height: 2,
  width: 2,
  strides: [1, 1],
  before,
  channels: 1,
  size: 6,
  rows: 2,
  columns: 2,
  inputs: [{ name: 'image0', dims: [2, 1, 4, 6] }],
});

describe('patches', () => {
  test.each([
    [
      'inside the image',
      [0, 0],
      [
        [0, 1, 3, 4],
        [1, 2, 4, 5],
        [3, 4, 6, 7],
        [4, 5, 7, 8],
      ],
    ],
    [
      'over its edge',
      [1, 1],
      [
        [0, 0, 0, 0],
        [0, 0, 0, 1],
        [0, 0, 0, 3],
        [0, 1, 3, 4],
      ],
    ],
  ] as const)('%s: pixels, then a one and zeros, for each image', (_, before, pixels) => {
    const out = patchMemory(layout(before));
    const image = Array.from({ length: 9 }, (_, i) => i);
    fillPatches(out, Float32Array.from([...image, ...image.map((v) => v + 100)]), 2, 2, [3, 3], layout(before));
    const found = Array.from({ length: 8 }, (_, i) => [...out.subarray(i * 6, i * 6 + 6)]);
    pixels.forEach((patch, i) => {
      expect(found[2 * i]).toEqual([...patch, 1, 0]);
      expect(found[2 * i + 1]!.slice(4)).toEqual([1, 0]);
      if (before[0] === 0) expect(found[2 * i + 1]).toEqual([...patch.map((v) => v + 100), 1, 0]);
    });
  });

  test('a short batch leaves other images and the ones alone', () => {
    const out = patchMemory(layout([0, 0]));
    fillPatches(
      out,
      Float32Array.from({ length: 9 }, (_, i) => i),
      1,
      2,
      [3, 3],
      layout([0, 0]),
    );
    expect([...out.subarray(0, 12)]).toEqual([0, 1, 3, 4, 1, 0, 0, 0, 0, 0, 1, 0]);
  });
});
