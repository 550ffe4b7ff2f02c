// How the demo's images were made: npx tsx examples/demo/make-sheets.ts FOLDER
// FOLDER holds Fashion-MNIST's four .gz files as Zalando published them (Debian: apt-get install dataset-fashion-mnist, then
// /usr/share/datasets/fashion-mnist). Same files in, same sheets out.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import sharp from 'sharp';

const SIDE = 28;
const COLUMNS = 25;
const out = fileURLToPath(new URL('./images/', import.meta.url));
const source = process.argv[2] ?? '/usr/share/datasets/fashion-mnist';

// Two classes that are easily confused: few images and a hard question, so that a plain network overfits within a minute.
const classes = [
  { label: 2, name: 'pullover' },
  { label: 4, name: 'coat' },
];
const splits = [
  { name: 'train', files: 'train', perClass: 650 },
  { name: 'test', files: 't10k', perClass: 600 },
];

/** IDX: magic number, one big-endian size per dimension, then the bytes (yann.lecun.com/exdb/mnist). */
function idx(name: string): Uint8Array {
  const bytes = gunzipSync(readFileSync(join(source, name)));
  const dimensions = bytes[3]!;
  return bytes.subarray(4 + 4 * dimensions);
}

const sheets: { file: string; split: string; class: string; count: number }[] = [];
for (const split of splits) {
  const images = idx(`${split.files}-images-idx3-ubyte.gz`);
  const labels = idx(`${split.files}-labels-idx1-ubyte.gz`);
  for (const { label, name } of classes) {
    const rows = Math.ceil(split.perClass / COLUMNS);
    const sheet = new Uint8Array(rows * SIDE * COLUMNS * SIDE);
    let count = 0;
    for (let i = 0; count < split.perClass; i++) {
      if (i >= labels.length) throw new Error(`${split.name} has only ${count} images of ${name}`);
      if (labels[i] !== label) continue;
      const [row, column] = [Math.floor(count / COLUMNS), count % COLUMNS];
      for (let y = 0; y < SIDE; y++) {
        const from = i * SIDE * SIDE + y * SIDE;
        sheet.set(images.subarray(from, from + SIDE), (row * SIDE + y) * COLUMNS * SIDE + column * SIDE);
      }
      count++;
    }
    const file = `${split.name}-${name}.png`;
    const raw = { width: COLUMNS * SIDE, height: rows * SIDE, channels: 1 as const };
    await sharp(sheet, { raw })
      .toColourspace('b-w')
      .png({ compressionLevel: 9, effort: 10, palette: false })
      .toFile(join(out, file));
    sheets.push({ file, split: split.name, class: name, count });
  }
}
writeFileSync(join(out, 'sheets.json'), `${JSON.stringify({ tile: SIDE, columns: COLUMNS, sheets }, null, 2)}\n`);
