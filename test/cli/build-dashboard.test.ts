import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { buildDashboard } from '../../cli/build-dashboard.ts';

const root = mkdtempSync(join(tmpdir(), 'tidemark-build-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

test('the dashboard is built when it is missing or older than its sources, and only then', async () => {
  const write = (path: string, text: string, ageSeconds = 60) => {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), text);
    const time = Date.now() / 1000 - ageSeconds;
    utimesSync(join(root, path), time, time);
  };
  write('web/vite.config.ts', `export default { root: import.meta.dirname, build: { outDir: 'dist' } };`);
  write('web/index.html', '<script type="module" src="/main.js"></script>');
  write('web/main.js', 'document.title = process.env.NODE_ENV;');
  write('training/config.ts', '');
  let started = 0;
  const build = () => buildDashboard(() => started++, root);
  expect(await build()).toMatchObject({ state: 'built' });
  expect(existsSync(join(root, 'web/dist/index.html'))).toBe(true);
  // Also here, where the test runner says NODE_ENV=test.
  const [script] = readdirSync(join(root, 'web/dist/assets'));
  expect(readFileSync(join(root, 'web/dist/assets', script!), 'utf8')).toMatch(/title ?= ?[`"']production/);
  expect(await build()).toEqual({ state: 'fresh' });
  expect(started).toBe(1);

  write('training/config.ts', '// changed', -60);
  expect(await build()).toMatchObject({ state: 'built' });

  write('web/main.js', 'import "./missing.js";', -120);
  const before = readFileSync(join(root, 'web/dist/index.html'), 'utf8');
  expect(await build()).toMatchObject({ state: 'failed', reason: expect.stringContaining('missing.js') });
  // What was there is still served.
  expect(readFileSync(join(root, 'web/dist/index.html'), 'utf8')).toBe(before);
});
