import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { routes } from '@tidemark/api/contract/index';
import { createClient } from '@tidemark/client';
import { validateConfig } from '@tidemark/training/validate';
import sharp from 'sharp';
import { afterAll, describe, expect, test } from 'vitest';
import { readConfigFile } from '../../cli/config-file.ts';
import { registerDemo } from '../../cli/demo/register.ts';
import { unpackDemo } from '../../cli/demo/unpack.ts';
import { serveProcess } from '../support/serve-process.ts';
import { until } from '../support/until.ts';

const examples = fileURLToPath(new URL('../../examples/', import.meta.url));
const bin = fileURLToPath(new URL('../../cli/bin.js', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'tidemark-demo-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe('the demo', () => {
  test('unpacks each picture of the sheets once, as it is on them', async () => {
    const folder = join(scratch, 'images');
    expect(await unpackDemo(folder)).toBe(2500);
    expect(await unpackDemo(folder)).toBe(0);
    const count = (path: string) => readdirSync(join(folder, path)).length;
    expect([count('train/coat'), count('train/pullover'), count('test/coat'), count('test/pullover')]).toEqual([
      650, 650, 600, 600,
    ]);
    const path = join(folder, 'test/coat/0026.png');
    expect(await sharp(path).metadata()).toMatchObject({ width: 28, height: 28, channels: 1 });
    const tile = await sharp(path).raw().toBuffer();
    const sheet = sharp(join(examples, 'demo/images/test-coat.png'));
    const onSheet = await sheet.extract({ left: 28, top: 28, width: 28, height: 28 }).raw().toBuffer();
    expect(tile.equals(onSheet)).toBe(true);
  });

  test('registers two runs once per data folder, whatever became of them', async () => {
    const server = await serveProcess();
    try {
      const client = createClient(server);
      const first = await registerDemo(client, join(scratch, 'a'), '/images');
      expect(first.map(({ name, status }) => [name, status])).toEqual([
        ['plain', 'queued'],
        ['augmented', 'queued'],
      ]);
      expect((await registerDemo(client, join(scratch, 'a'), '/images')).map(({ id }) => id)).toEqual(
        first.map(({ id }) => id),
      );
      await client.call(routes.cancelRun, { params: { id: first[0]!.id } });
      await client.call(routes.deleteRun, { params: { id: first[0]!.id } });
      expect((await registerDemo(client, join(scratch, 'a'), '/elsewhere')).length).toBeLessThan(2);
      const { total } = await client.call(routes.listRuns, { query: { count: true } });
      expect(total).toBe(1);
    } finally {
      await server.close();
    }
  });

  test('serve --demo trains; SIGTERM lets the worker give its run back, then everything is gone', async () => {
    const dataDir = join(scratch, 'whole');
    const child = spawn(
      process.execPath,
      [bin, 'serve', '--demo', '--dev', '--json', '--port', '0', '--data-dir', dataDir],
      {
        stdio: ['ignore', 'ignore', 'inherit'],
        env: { ...process.env, TIDEMARK_URL: '', TIDEMARK_TOKEN: '', TIDEMARK_DATA_DIR: '' },
      },
    );
    const gone = new Promise<number | null>((resolve) => child.on('exit', resolve));
    try {
      const file = await until('server.json', () => readFile(join(dataDir, 'server.json'), 'utf8').catch(() => null));
      const { url, token } = JSON.parse(file) as { url: string; token: string };
      const client = createClient({ url, token });
      const run = await until(
        'an epoch',
        async () => {
          const { runs } = await client.call(routes.listRuns, { query: { filter: 'status = running' } });
          return runs.find(({ progress }) => (progress?.epoch ?? 0) >= 1);
        },
        90,
      );
      expect(run).toMatchObject({ experiment: 'demo', name: 'plain' });
      child.kill('SIGTERM');
      expect(await gone).toBe(0);
      await expect(fetch(`${url}/healthz`)).rejects.toThrow();
      // The run is queued again, not lost: a second server says so.
      const again = await serveProcess(dataDir);
      const after = await createClient(again).call(routes.getRun, { params: { id: run.id } });
      expect(after.status).toBe('queued');
      expect(after.attempts.map(({ outcome }) => outcome)).toEqual(['released']);
      await again.close();
    } finally {
      child.kill('SIGKILL');
    }
  }, 150_000);
});

describe('examples', () => {
  test('every config is valid, and the published ones are the published protocol', () => {
    for (const name of ['cats-vs-dogs/plain', 'cats-vs-dogs/augmented', 'demo/plain', 'demo/augmented']) {
      expect(validateConfig(readConfigFile(join(examples, `${name}.yaml`)).value)).toMatchObject({ ok: true });
    }
    const config = (name: string) => {
      const result = validateConfig(readConfigFile(join(examples, `cats-vs-dogs/${name}.yaml`)).value);
      if (!result.ok) throw new Error(name);
      return result.config;
    };
    const shared = {
      data: { image_size: [180, 180], batch_size: 32, validation_split: 0.3, class_mode: 'binary' },
      optimizer: { name: 'RMSprop', learning_rate: 1e-3 },
      loss: 'binary_crossentropy',
      checkpoint: { monitor: 'val_loss', save_best_only: true },
    };
    expect(config('plain')).toMatchObject({
      ...shared,
      model: 'convnet',
      epochs: 30,
      augmentation: { rotation_range: 0, horizontal_flip: false },
    });
    expect(config('augmented')).toMatchObject({
      ...shared,
      model: 'convnet-dropout',
      epochs: 100,
      augmentation: {
        rotation_range: 40,
        width_shift_range: 0.2,
        height_shift_range: 0.2,
        shear_range: 0.2,
        zoom_range: 0.2,
        horizontal_flip: true,
        fill_mode: 'nearest',
      },
    });
  });
});
