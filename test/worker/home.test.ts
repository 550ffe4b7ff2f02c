import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WorkerId } from '@tidemark/api/contract/workers';
import { openHome } from '@tidemark/worker/home';
import { afterEach, beforeEach, expect, test } from 'vitest';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidemark-home-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('two workers of one data folder live apart; one that comes back is who it was', () => {
  const first = openHome(folder);
  const second = openHome(folder);
  expect([first.folder, second.folder]).toEqual([join(folder, 'worker'), join(folder, 'worker-2')]);
  expect(first.id).not.toBe(second.id);
  expect(WorkerId.safeParse(first.id).success).toBe(true);
  first.leave();
  const again = openHome(folder);
  expect(again).toMatchObject({ folder: first.folder, id: first.id });
});

test('the lock of a dead process, or of another one with its number, holds nothing', () => {
  const first = openHome(folder);
  const lock = join(first.folder, 'lock');
  writeFileSync(lock, '999999999 1\n');
  expect(openHome(folder).folder).toBe(first.folder);
  expect(readFileSync(lock, 'utf8')).toMatch(new RegExp(`^${process.pid} `));
  writeFileSync(lock, `${process.pid} 12\n`);
  expect(openHome(folder).folder).toBe(first.folder);
  writeFileSync(lock, 'torn');
  expect(openHome(folder).folder).toBe(first.folder);
});
