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

// The same 3×2 picture as Pillow 13.0 writes it: Image.save(…, 'BMP') in RGB, in 6 colours and in RGBA, and 'PPM'.
const SAVED = {
  bmp24: 'Qk1OAAAAAAAAADYAAAAoAAAAAwAAAAIAAAABABgAAAAAABgAAADEDgAAxA4AAAAAAAAAAAAAAwIBBgUECQgHAAAAHhQKPDIoWlBGAAAA',
  bmp8: 'Qk1WAAAAAAAAAE4AAAAoAAAAAwAAAAIAAAABAAgAAAAAAAgAAADEDgAAxA4AAAYAAAAGAAAAWlBGADwyKAAeFAoACQgHAAYFBAADAgEABQQDAAIBAAA=',
  bmp32: 'Qk1OAAAAAAAAADYAAAAoAAAAAwAAAAIAAAABACAAAAAAABgAAADEDgAAxA4AAAAAAAAAAAAAAwIB/wYFBP8JCAf/HhQK/zwyKP9aUEb/',
  ppm: 'UDYKMyAyCjI1NQoKFB4oMjxGUFoBAgMEBQYHCAk=',
};
const PICTURE = [10, 20, 30, 40, 50, 60, 70, 80, 90, 1, 2, 3, 4, 5, 6, 7, 8, 9];

describe('bitmaps and Netpbm images', () => {
  test.each(Object.entries(SAVED))('%s', async (_, text) => {
    const bytes = Buffer.from(text, 'base64');
    expect([...(await decodeImage(bytes, rgb(2, 3)))]).toEqual(PICTURE);
    await expect(decodeImage(bytes.subarray(0, -1), rgb(2, 3))).rejects.toThrow('cut off');
  });

  test('a grey one, a commented one, and kinds that are not supported', async () => {
    const grey = Buffer.from('UDUKMyAyCjI1NQoSME4CBQg=', 'base64');
    expect([...(await decodeImage(grey, { rows: 2, columns: 3, channels: 1 }))]).toEqual([18, 48, 78, 2, 5, 8]);
    const commented = Buffer.concat([Buffer.from('P6\n# by hand\n1 1\n255\n'), Buffer.from([7, 8, 9])]);
    expect([...(await decodeImage(commented, rgb(1, 1)))]).toEqual([7, 8, 9]);
    await expect(decodeImage(Buffer.from('P6 1 1 65535 \0\0\0\0\0\0'), rgb(1, 1))).rejects.toThrow('65535');
    await expect(decodeImage(Buffer.from('P6 90000 90000 255 x'), rgb(1, 1))).rejects.toThrow('limit');
    const squeezed = Buffer.from(SAVED.bmp8, 'base64');
    squeezed[30] = 1;
    await expect(decodeImage(squeezed, rgb(2, 3))).rejects.toThrow('compression 1');
  });
});
