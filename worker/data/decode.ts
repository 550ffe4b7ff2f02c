import sharp from 'sharp';
import { decodeBmp } from './decode-bmp.ts';
import { decodePpm } from './decode-ppm.ts';

export interface ImageShape {
  rows: number;
  columns: number;
  channels: 1 | 3;
}

/** What an image may hold before it counts as absurdly large: 64 megapixels decode to 192 MB. */
export const MAX_PIXELS = 64_000_000;

/**
 * One image file's bytes as [rows, columns, channels] uint8, with the pixels that Keras's `load_img` gives: all of it decoded, the
 * embedded colour profile and the EXIF turn ignored, alpha dropped, resized to exactly the size asked for by nearest neighbour.
 * @throws Error saying in plain words why the image cannot be used.
 */
export async function decodeImage(bytes: Uint8Array, shape: ImageShape): Promise<Uint8Array> {
  const { data, ...size } = await pixelsOf(bytes);
  return nearest(data, size, shape);
}

/** All of an image's pixels, interleaved; `channels` of 1 is grey. */
export interface Pixels {
  data: Uint8Array;
  width: number;
  height: number;
  channels: number;
}

/** Bitmaps and Netpbm images are on Keras's list, and not among what libvips was built with. */
async function pixelsOf(bytes: Uint8Array): Promise<Pixels> {
  const magic = String.fromCharCode(bytes[0] ?? 0, bytes[1] ?? 0);
  if (magic === 'BM') return decodeBmp(bytes, MAX_PIXELS);
  if (magic === 'P5' || magic === 'P6') return decodePpm(bytes, MAX_PIXELS);
  const { data, info } = await sharp(bytes, { limitInputPixels: MAX_PIXELS, failOn: 'error', ignoreIcc: true })
    .toColourspace('srgb')
    .removeAlpha()
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height, channels: info.channels };
}

/**
 * Nearest neighbour as Pillow samples it (libImaging/Geometry.c, ImagingScaleAffine): half a source pixel in, then one scale
 * further each time, summed in float64 and cut off.
 */
function nearest(
  data: Uint8Array,
  from: { width: number; height: number; channels: number },
  { rows, columns, channels }: ImageShape,
): Uint8Array {
  const across = positions(from.width, columns);
  const down = positions(from.height, rows);
  const out = new Uint8Array(rows * columns * channels);
  const wide = from.channels >= 3;
  let at = 0;
  for (const y of down) {
    for (const x of across) {
      const source = (y * from.width + x) * from.channels;
      const r = data[source]!;
      const g = wide ? data[source + 1]! : r;
      const b = wide ? data[source + 2]! : r;
      if (channels === 1) out[at++] = luma(r, g, b);
      else {
        out[at++] = r;
        out[at++] = g;
        out[at++] = b;
      }
    }
  }
  return out;
}

/** ITU-R 601-2 luma with Pillow's integer weights (libImaging/Convert.c). */
const luma = (r: number, g: number, b: number): number => (r * 19595 + g * 38470 + b * 7471 + 0x8000) >> 16;

function positions(from: number, to: number): Int32Array {
  const scale = from / to;
  const table = new Int32Array(to);
  let at = scale * 0.5;
  for (let i = 0; i < to; i++) {
    table[i] = Math.min(from - 1, Math.trunc(at));
    at += scale;
  }
  return table;
}
