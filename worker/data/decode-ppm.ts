import type { Pixels } from './decode.ts';

/** A binary Netpbm image, grey (P5) or colour (P6), with one byte a value. @throws Error for any other kind, or a torn one. */
export function decodePpm(bytes: Uint8Array, mostPixels: number): Pixels {
  const head = Buffer.from(bytes.subarray(0, 4096)).toString('latin1');
  const found = /^(P[56])\s(?:\s|#[^\n]*\n)*(\d+)(?:\s|#[^\n]*\n)+(\d+)(?:\s|#[^\n]*\n)+(\d+)\s/.exec(head);
  if (!found) throw new Error('Of Netpbm images only binary ones (P5, P6) are supported');
  const [width, height, most] = [Number(found[2]), Number(found[3]), Number(found[4])];
  if (most !== 255) throw new Error(`A Netpbm image with values up to ${most} is not supported`);
  if (width * height === 0 || width * height > mostPixels) {
    throw new Error(`The image has ${width}×${height} pixels, beyond the limit of ${mostPixels}`);
  }
  const channels = found[1] === 'P6' ? 3 : 1;
  const data = bytes.subarray(found[0].length, found[0].length + width * height * channels);
  if (data.length < width * height * channels) throw new Error('The image’s pixels are cut off');
  return { data, width, height, channels };
}
