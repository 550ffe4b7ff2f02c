import { decodeImage, MAX_PIXELS } from '@tidemark/worker/data/decode';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { pixelsOf } from './images.ts';

const rgb = (rows: number, columns: number) => ({ rows, columns, channels: 3 as const });
const png = (pixels: Buffer, width: number, height: number, channels: 3 | 4 = 3) =>
  sharp(pixels, { raw: { width, height, channels } }).png().toBuffer();

describe('decodeImage', () => {
  test('at its own size gives every pixel back', async () => {
    const pixels = pixelsOf(7, 5);
    expect(Buffer.from(await decodeImage(await png(pixels, 7, 5), rgb(5, 7)))).toEqual(pixels);
  });

  // Image.new('L', (n, 1)) with pixel i = i, resize((m, 1), Image.NEAREST), Pillow 13.0: which source each pixel took.
  test.each([
    [10, 4, [1, 3, 6, 8]],
    [4, 10, [0, 0, 1, 1, 1, 2, 2, 2, 3, 3]],
    [7, 7, [0, 1, 2, 3, 4, 5, 6]],
    [9, 2, [2, 6]],
    [3, 5, [0, 0, 1, 2, 2]],
  ])('takes the nearest pixel as Pillow does, %i → %i', async (from, to, expected) => {
    const row = Buffer.from(Array.from({ length: from }, (_, i) => [i, i, i]).flat());
    const out = await decodeImage(await png(row, from, 1), rgb(1, to));
    expect([...out].filter((_, i) => i % 3 === 0)).toEqual(expected);
  });

  test('drops alpha without blending, and weighs grey as Pillow does', async () => {
    const pixel = Buffer.from([200, 100, 50, 0]);
    expect([...(await decodeImage(await png(pixel, 1, 1, 4), rgb(1, 1)))]).toEqual([200, 100, 50]);
    const grey = await decodeImage(await png(pixel, 1, 1, 4), { rows: 1, columns: 1, channels: 1 });
    expect([...grey]).toEqual([124]); // (200·19595 + 100·38470 + 50·7471 + 2¹⁵) >> 16
  });

  test('widens a grey picture', async () => {
    const grey = await sharp(Buffer.from([9, 99]), { raw: { width: 2, height: 1, channels: 1 } })
      .toColourspace('b-w')
      .png()
      .toBuffer();
    expect([...(await decodeImage(grey, rgb(1, 2)))]).toEqual([9, 9, 9, 99, 99, 99]);
  });

  test('does not turn a picture by its EXIF', async () => {
    const turned = await sharp(pixelsOf(16, 8), { raw: { width: 16, height: 8, channels: 3 } })
      .withMetadata({ orientation: 6 })
      .png()
      .toBuffer();
    expect(Buffer.from(await decodeImage(turned, rgb(8, 16)))).toEqual(pixelsOf(16, 8));
  });

  test('refuses what is no picture, a torn one, and one that is absurdly large', async () => {
    await expect(decodeImage(Buffer.from('hello'), rgb(1, 1))).rejects.toThrow();
    const whole = await png(pixelsOf(64, 64), 64, 64);
    await expect(decodeImage(whole.subarray(0, whole.length >> 1), rgb(1, 1))).rejects.toThrow();
    const side = Math.ceil(Math.sqrt(MAX_PIXELS)) + 1;
    const large = await sharp({ create: { width: side, height: side, channels: 3, background: '#000' } })
      .png()
      .toBuffer();
    await expect(decodeImage(large, rgb(1, 1))).rejects.toThrow(/pixel/);
  });
});
