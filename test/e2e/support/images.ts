import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';

const SIZE = 12;

/** A grey PNG whose light half is above or below: a difference that a tiny net learns within seconds. */
function picture(above: boolean, random: () => number): Buffer {
  const rows = Buffer.alloc(SIZE * (SIZE + 1));
  for (let y = 0; y < SIZE; y++)
    for (let x = 0; x < SIZE; x++)
      rows[y * (SIZE + 1) + 1 + x] = Math.floor((y < SIZE / 2 === above ? 150 : 60) + random() * 60);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(SIZE, 0);
  header.writeUInt32BE(SIZE, 4);
  header[8] = 8;
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}

/** `train/{above,below}` and `test/{above,below}` under a folder. */
export function writeImages(folder: string, train = 40, test = 10): void {
  let state = 11;
  const random = (): number => {
    state = (state * 16807) % 2147483647;
    return state / 2147483647;
  };
  for (const [set, count] of [
    ['train', train],
    ['test', test],
  ] as const)
    for (const name of ['above', 'below']) {
      const place = join(folder, set, name);
      mkdirSync(place, { recursive: true });
      for (let i = 0; i < count; i++)
        writeFileSync(join(place, `${String(i).padStart(3, '0')}.png`), picture(name === 'above', random));
    }
}
