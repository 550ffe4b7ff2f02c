import { crc32, deflateSync } from 'node:zlib';
import type { Pixels } from './image.ts';

const COLOUR_TYPES = { 1: 0, 3: 2, 4: 6 } as const;

/** A PNG (ISO/IEC 15948) of 8-bit pixels, rows unfiltered. @throws TypeError when there are too few or too many */
export function encodePng({ data, width, height, channels = 3 }: Pixels): Uint8Array {
  if (!Number.isInteger(width) || !Number.isInteger(height) || width < 1 || height < 1) {
    throw new TypeError('width and height of pixels are whole numbers above 0');
  }
  const row = width * channels;
  if (data.length !== row * height) {
    throw new TypeError(
      `${width}×${height} pixels of ${channels} channels are ${row * height} bytes, not ${data.length}`,
    );
  }
  const raw = Buffer.alloc((row + 1) * height);
  for (let y = 0; y < height; y++) raw.set(data.subarray(y * row, (y + 1) * row), y * (row + 1) + 1);
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, COLOUR_TYPES[channels], 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    chunk('IHDR', head),
    chunk('IDAT', deflateSync(raw)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  out.set(body, 4);
  out.writeUInt32BE(crc32(body), body.length + 4);
  return out;
}
