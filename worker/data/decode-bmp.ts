import type { Pixels } from './decode.ts';

/**
 * A Windows bitmap: uncompressed, with 8 (palette), 24 or 32 bits a pixel, rows from the bottom or from the top. Alpha is left out.
 * @throws Error for any other kind, and for one whose pixels are not all there.
 */
export function decodeBmp(bytes: Uint8Array, mostPixels: number): Pixels {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (file.length < 54) throw new Error('The bitmap’s header is cut off');
  const [start, header] = [file.readUInt32LE(10), file.readUInt32LE(14)];
  const [width, signed, bits] = [file.readInt32LE(18), file.readInt32LE(22), file.readUInt16LE(28)];
  const height = Math.abs(signed);
  const compression = file.readUInt32LE(30);
  if (header < 40 || ![8, 24, 32].includes(bits) || !(compression === 0 || (compression === 3 && bits === 32))) {
    throw new Error(`A bitmap with ${bits} bits a pixel, compression ${compression}, is not supported`);
  }
  if (width <= 0 || height === 0 || width * height > mostPixels) {
    throw new Error(`The bitmap has ${width}×${height} pixels, beyond the limit of ${mostPixels}`);
  }
  const stride = Math.ceil((width * bits) / 32) * 4;
  if (start + stride * height > file.length) throw new Error('The bitmap’s pixels are cut off');
  const palette = 14 + header;
  const data = new Uint8Array(width * height * 3);
  for (let y = 0, at = 0; y < height; y++) {
    const row = start + stride * (signed > 0 ? height - 1 - y : y);
    for (let x = 0; x < width; x++) {
      const pixel = bits === 8 ? palette + file[row + x]! * 4 : row + (x * bits) / 8;
      data[at++] = file[pixel + 2]!;
      data[at++] = file[pixel + 1]!;
      data[at++] = file[pixel]!;
    }
  }
  return { data, width, height, channels: 3 };
}
