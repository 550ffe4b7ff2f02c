import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { previewRows, sample } from '@tidemark/training/augment/index';
import { AugmentationConfig } from '@tidemark/training/config/augmentation';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const tidemark = fileURLToPath(new URL('../../cli/bin.js', import.meta.url));
let folder = '';
const at = (name: string) => join(folder, name);
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tidemark-preview-'));
  for (const [name, background] of [
    ['one.png', '#30a060'],
    ['two.png', '#c04020'],
  ] as const) {
    await sharp({ create: { width: 40, height: 30, channels: 3, background } })
      .png()
      .toFile(at(name));
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function preview(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [tidemark, 'augment', 'preview', ...args], {
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  });
  return { status, stdout, stderr };
}

describe('tidemark augment preview', () => {
  test('draws a row for each operation and one for all, says what it drew, and draws the same again', async () => {
    writeFileSync(
      at('run.yaml'),
      'data: { path: ., image_size: [60, 80] }\nmodel: { layers: [{ type: Flatten }, { type: Dense, units: 1, activation: sigmoid }] }\noptimizer: RMSprop\nepochs: 1\naugmentation: { rotation_range: 30, mixup: {} }\n',
    );
    const args = [at('one.png'), at('two.png'), '--config', at('run.yaml'), '--draws', '3', '--json'];
    const first = preview(...args, '--out', at('a/grid.png'), '--set', 'augmentation.horizontal_flip=true');
    expect(first.stderr).toBe('');
    const told = JSON.parse(first.stdout) as { seed: number; rows: { label: string; words: string[] }[] };
    expect(told.rows.map(({ label }) => label)).toEqual([
      'rotation_range 30',
      'horizontal_flip',
      'mixup alpha 0.2, p 1',
      'all together',
    ]);
    expect(told.rows[2]!.words[0]).toMatch(/^mixed with \d+ % of two\.png$/);
    expect(told.rows.every(({ words }) => words.length === 3)).toBe(true);
    const { width, height } = await sharp(at('a/grid.png')).metadata();
    // 60×80 doubled, so that a caption fits; five rows with their labels.
    expect(width).toBe(12 + 3 * (160 + 12));
    expect(height).toBeGreaterThan(5 * 120);
    const again = preview(...args, '--out', at('b.png'), '--set', 'augmentation.horizontal_flip=true');
    expect(again.status).toBe(0);
    expect(readFileSync(at('b.png')).equals(readFileSync(at('a/grid.png')))).toBe(true);
  });

  test('says what is missing', () => {
    const nothing = preview(at('one.png'), '--out', at('c.png'));
    expect([nothing.status, nothing.stderr]).toEqual([2, expect.stringContaining('Nothing is switched on')]);
    const wrong = preview(at('one.png'), '--out', at('c.png'), '--set', 'augmentation.mixup.alpha=-1');
    expect([wrong.status, wrong.stderr]).toEqual([2, expect.stringContaining('augmentation.mixup.alpha = -1')]);
    const lost = preview(at('nowhere.png'), '--out', at('c.png'), '--set', 'augmentation.vertical_flip=true');
    expect([lost.status, lost.stderr]).toEqual([3, expect.stringContaining('There is no file')]);
  });
});

describe('previewRows', () => {
  test('one row where one operation is on, none where nothing is', () => {
    expect(previewRows(AugmentationConfig.parse({ fill_mode: 'wrap', augment_validation: true }))).toEqual([]);
    const [row, ...more] = previewRows(AugmentationConfig.parse({ zoom_range: [0.8, 1.2], fill_mode: 'wrap' }));
    expect(more).toEqual([]);
    expect(row!.label).toBe('zoom_range [0.8, 1.2]');
    expect(row!.config.fill_mode).toBe('wrap');
  });
});

describe('sample', () => {
  const shape = { rows: 8, columns: 8, channels: 3 };
  const image = { pixels: new Uint8Array(192).fill(200), name: 'a.png' };
  const partner = { pixels: new Uint8Array(192).fill(100), name: 'b.png' };

  test('mixes with its partner as it says', () => {
    const config = AugmentationConfig.parse({ mixup: { alpha: 1 } });
    for (let n = 0; n < 5; n++) {
      const { pixels, draws, words } = sample(image, partner, shape, config, 3, n);
      expect(pixels[0]).toBeCloseTo(100 + 100 * draws.mix!.share, 3);
      expect(words).toBe(`mixed with ${Math.round(100 * (1 - draws.mix!.share))} % of b.png`);
    }
  });
});
