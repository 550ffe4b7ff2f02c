import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';

/** Small pictures of two kinds, stripes along and across with noise, a function of their number alone. */
export async function makeImages(folder: string, perClass: { train: number; test: number }, size = 24): Promise<void> {
  for (const [set, count] of Object.entries(perClass)) {
    for (const [label, name] of ['across', 'along'].entries()) {
      const own = join(folder, set, name);
      mkdirSync(own, { recursive: true });
      for (let n = 0; n < count; n++) {
        let state = (n * 2 + label + (set === 'test' ? 1e6 : 0)) >>> 0;
        const noise = () => {
          state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
          return state / 2 ** 32;
        };
        const pixels = Buffer.alloc(size * size * 3);
        for (let i = 0; i < size * size; i++) {
          const along = label === 0 ? i % size : Math.floor(i / size);
          const light = (along + n) % 6 < 3 ? 170 : 80;
          for (let c = 0; c < 3; c++) pixels[i * 3 + c] = Math.floor(light + (noise() - 0.5) * 120);
        }
        const image = sharp(pixels, { raw: { width: size, height: size, channels: 3 } });
        await image.png().toFile(join(own, `${String(n).padStart(3, '0')}.png`));
      }
    }
  }
}
