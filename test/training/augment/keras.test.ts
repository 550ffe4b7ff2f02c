import { readFileSync } from 'node:fs';
import { augment } from '@tidemark/training/augment/augment';
import { type Draw, IDENTITY } from '@tidemark/training/augment/draw';
import { affineOf } from '@tidemark/training/augment/matrix';
import { type FillMode, resample } from '@tidemark/training/augment/resample';
import { describe, expect, test } from 'vitest';
import { bytesImage, greatestDifference } from './images.ts';

// What real Keras did, recorded by fixtures/make_augment.py with the versions in the file.
interface Case {
  name: string;
  shape: [number, number, number];
  top: 1 | 255;
  fill_mode: FillMode;
  cval: number;
  draw: Partial<Omit<Draw, 'channel_shift'>> & { channel_shift_intensity?: number };
  matrix?: [[number, number], [number, number]];
  offset?: [number, number];
  pixels: string;
}
const { cases }: { cases: Case[] } = JSON.parse(
  readFileSync(new URL('../fixtures/augment.json', import.meta.url), 'utf8'),
);

function pixelsOf({ pixels }: Case): Float32Array {
  const bytes = Buffer.from(pixels, 'base64');
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

function drawOf({ draw: { channel_shift_intensity, ...draw } }: Case): Draw {
  return { ...IDENTITY, ...draw, channel_shift: channel_shift_intensity ?? null };
}

test('the fixture has every fill mode and every operation', () => {
  expect(cases.length).toBeGreaterThan(90);
  expect(new Set(cases.map((one) => one.fill_mode))).toEqual(new Set(['nearest', 'reflect', 'wrap', 'constant']));
});

describe.each(cases.map((one) => [`${one.name}, ${one.fill_mode}, ${one.shape.join('×')}`, one] as const))(
  '%s',
  (_name, one) => {
    const [rows, columns, channels] = one.shape;
    const image = bytesImage(one.shape, one.top);

    test('matrix and pixels are Keras’s to 1e-4', () => {
      const affine = affineOf(drawOf(one), rows, columns);
      if (one.matrix && one.offset) {
        const { rr = 0, rc = 0, r0 = 0, cr = 0, cc = 0, c0 = 0 } = affine ?? {};
        expect(greatestDifference([rr, rc, cr, cc, r0, c0], [...one.matrix.flat(), ...one.offset])).toBeLessThan(1e-12);
      } else expect(affine).toBeNull();
      const out = augment(image, rows, columns, channels, one, drawOf(one));
      expect(greatestDifference(out, pixelsOf(one))).toBeLessThan(1e-4);
    });
  },
);

test('with Keras’s own matrix, to the last bit of it, the pixels agree too', () => {
  for (const one of cases) {
    const { draw } = one;
    if (!one.matrix || !one.offset || draw.flip_horizontal || draw.brightness || draw.channel_shift_intensity) continue;
    const [rows, columns, channels] = one.shape;
    const [[rr, rc], [cr, cc]] = one.matrix;
    const [r0, c0] = one.offset;
    const out = new Float32Array(rows * columns * channels);
    const image = { data: bytesImage(one.shape, one.top), rows, columns, channels };
    const portable = new Float32Array(out.length);
    for (const [precise, most] of [[false, 1e-4] as const, [true, 2 ** -16 + 1e-9] as const]) {
      const options = { fillMode: one.fill_mode, cval: one.cval, flipHorizontal: false, flipVertical: false, precise };
      resample(image, out, { rr, rc, r0, cr, cc, c0 }, options);
      resample(image, portable, { rr, rc, r0, cr, cc, c0 }, options, 1, true);
      // In float64 nothing is left but the last bit of a float32.
      expect(greatestDifference(out, pixelsOf(one)), one.name).toBeLessThan(most);
      expect(portable, one.name).toEqual(out);
    }
  }
});
