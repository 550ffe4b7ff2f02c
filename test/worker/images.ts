import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import sharp from 'sharp';

/** A picture whose pixel at (x, y) is a function of its place and of `seed`. */
export function pixelsOf(width: number, height: number, seed = 0, channels: 3 | 4 = 3): Buffer {
  const pixels = Buffer.alloc(width * height * channels);
  for (let i = 0; i < pixels.length; i++) pixels[i] = (i * 7 + seed * 31 + (i >> 5)) % 256;
  return pixels;
}

export async function writePng(file: string, width = 8, height = 8, seed = 0): Promise<void> {
  mkdirSync(dirname(file), { recursive: true });
  await sharp(pixelsOf(width, height, seed), { raw: { width, height, channels: 3 } })
    .png()
    .toFile(file);
}

export function writeText(file: string, text = 'no picture'): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
