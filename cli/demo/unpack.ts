import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

interface Sheets {
  /** Side of an image in pixels. */
  tile: number;
  columns: number;
  sheets: { file: string; split: string; class: string; count: number }[];
}

const source = fileURLToPath(new URL('../../examples/demo/images/', import.meta.url));

/**
 * Cuts the demo's sheets into class folders (`train/shirt/0000.png`, …) in `folder`, once: a folder that is there is whole,
 * because it appears by a rename. Answers how many images it wrote.
 */
export async function unpackDemo(folder: string): Promise<number> {
  if (existsSync(folder)) return 0;
  const { default: sharp } = await import('sharp');
  const { tile, columns, sheets } = JSON.parse(await readFile(join(source, 'sheets.json'), 'utf8')) as Sheets;
  const partial = `${folder}.partial-${process.pid}`;
  let written = 0;
  try {
    for (const sheet of sheets) {
      const target = join(partial, sheet.split, sheet.class);
      await mkdir(target, { recursive: true });
      const { data, info } = await sharp(join(source, sheet.file))
        .toColourspace('b-w')
        .raw()
        .toBuffer({ resolveWithObject: true });
      const cut = async (i: number) => {
        const [left, top] = [(i % columns) * tile, Math.floor(i / columns) * tile];
        const pixels = Buffer.alloc(tile * tile);
        for (let y = 0; y < tile; y++) {
          const row = ((top + y) * info.width + left) * info.channels;
          for (let x = 0; x < tile; x++) pixels[y * tile + x] = data[row + x * info.channels]!;
        }
        const image = sharp(pixels, { raw: { width: tile, height: tile, channels: 1 } }).toColourspace('b-w');
        await image.png({ compressionLevel: 1 }).toFile(join(target, `${String(i).padStart(4, '0')}.png`));
      };
      // A few at a time: the files are small, and waiting for each alone takes most of the time.
      for (let i = 0; i < sheet.count; i += 16) {
        await Promise.all(Array.from({ length: Math.min(16, sheet.count - i) }, (_, j) => cut(i + j)));
      }
      written += sheet.count;
    }
    await rename(partial, folder);
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    // Another process was quicker.
    if (!existsSync(folder)) throw error;
  }
  return written;
}
