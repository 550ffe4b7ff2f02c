import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createRun } from '@tidemark/api/contract/runs';
import { createClient } from '@tidemark/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { planUpload } from '../../cli/artifacts/plan-upload.ts';
import { safePlace } from '../../cli/artifacts/safe-place.ts';
import { type ServeProcess, serveProcess } from '../support/serve-process.ts';

const bin = fileURLToPath(new URL('../../cli/bin.js', import.meta.url));
let server: ServeProcess;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemark-artifact-'));
  server = await serveProcess();
  const client = createClient({ url: server.url, token: server.token });
  await client.call(createRun, { body: { experiment: 'files' } });
});
afterAll(async () => {
  await server?.close();
  await rm(folder, { recursive: true, force: true });
});

async function tidemark(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, [bin, 'artifact', ...args], {
    env: { ...process.env, NO_COLOR: '1', TIDEMARK_URL: server.url, TIDEMARK_TOKEN: server.token },
  });
  let [out, err] = ['', ''];
  child.stdout.on('data', (data) => {
    out += data;
  });
  child.stderr.on('data', (data) => {
    err += data;
  });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, out, err };
}

test('a folder goes up, is listed, comes down the same, and goes', async () => {
  const files: Record<string, Buffer> = {
    'model/weights.bin': randomBytes(9 * 2 ** 20),
    'model/ü ü/ñ.txt': Buffer.from('text'),
    'model/empty': Buffer.alloc(0),
    'model/.hidden': Buffer.from('dot'),
  };
  for (const [path, bytes] of Object.entries(files)) {
    await mkdir(join(folder, path, '..'), { recursive: true });
    await writeFile(join(folder, path), bytes);
  }
  const up = await tidemark('upload', 'latest', join(folder, 'model'), '--to', 'out');
  expect([up.code, up.err]).toEqual([0, '']);
  expect(up.out).toBe('files#1: 4 files, 9.0 MiB.\n');
  expect((await tidemark('upload', 'latest', join(folder, 'model'), '--to', 'again')).out).toContain(
    'the server had 9.0 MiB',
  );

  const listed = (await tidemark('list', 'latest', 'out/', '--json')).out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(listed.map(({ path }: { path: string }) => path)).toEqual([
    'out/model/.hidden',
    'out/model/empty',
    'out/model/weights.bin',
    'out/model/ü ü/ñ.txt',
  ]);
  expect(listed[3].contentType).toBe('text/plain');
  expect((await tidemark('list', 'latest')).out).toMatch(/^ARTIFACT .*SIZE .*DIGEST .*STORED/);

  const to = join(folder, 'back');
  const down = await tidemark('download', 'latest', 'out', '--out', to);
  expect([down.code, down.err]).toEqual([0, '']);
  for (const [path, bytes] of Object.entries(files))
    expect((await readFile(join(to, 'out', path))).equals(bytes), path).toBe(true);
  expect((await readdir(to, { recursive: true })).filter((name) => name.endsWith('.part'))).toEqual([]);
  expect((await tidemark('download', 'latest', 'out', '--out', to)).out).toContain('(9.0 MiB were here)');

  expect((await tidemark('delete', 'latest', 'out')).code).toBe(2);
  expect((await tidemark('delete', 'latest', 'out', '-r')).out).toBe('files#1: 4 artifacts removed.\n');
  expect((await tidemark('download', 'latest', 'out', '--out', to)).code).toBe(3);
  expect((await tidemark('upload', 'latest', join(folder, 'nothing'))).code).toBe(3);
}, 120_000);

test('a name from a server leads nowhere but below the folder', async () => {
  const root = join(folder, 'root');
  await mkdir(root, { recursive: true });
  await mkdir(join(folder, 'outside'), { recursive: true });
  await symlink(join(folder, 'outside'), join(root, 'link'));
  await writeFile(join(root, 'file'), '');
  for (const path of [
    '../x',
    '/etc/x',
    'a/../../x',
    'a\\b',
    'a\u0000b',
    'a//b',
    './a',
    'link/x',
    'link/deep/x',
    'file/x',
    '',
  ]) {
    await expect(safePlace(root, path), JSON.stringify(path)).rejects.toThrow();
  }
  expect(existsSync(join(folder, 'outside', 'x'))).toBe(false);
  expect(await safePlace(root, 'a/ü/…')).toBe(join(root, 'a', 'ü', '…'));
});

test('a name that cannot be one in a run, or is one twice, is said before anything is sent', async () => {
  const odd = join(folder, 'odd');
  await mkdir(join(odd, 'sub'), { recursive: true });
  await writeFile(join(odd, 'a\nb'), '');
  await expect(planUpload([odd], '')).rejects.toThrow('cannot be a name');
  await rm(join(odd, 'a\nb'));
  await writeFile(join(odd, 'x'), '');
  await symlink(odd, join(odd, 'sub', 'circle'));
  await symlink(join(odd, 'x'), join(odd, 'sub', 'y'));
  expect((await planUpload([odd], 'to/')).map(({ path }) => path)).toEqual(['to/odd/sub/y', 'to/odd/x']);
  await expect(planUpload([join(odd, 'x'), join(odd, 'x')], '')).rejects.toThrow('would both be x');
  await expect(planUpload([join(odd, 'x')], '../up')).rejects.toThrow('cannot be a name');
});
