import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { folderSource } from '@tidemark/worker/data/folder-source';
import { scan } from '@tidemark/worker/data/scan';
import { TrainingError } from '@tidemark/worker/training-error';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { writeText } from './images.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidemark-scan-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const put = (...files: string[]) => {
  for (const file of files) writeText(join(folder, 'train', file));
};
const names = async (classes?: [string, string]) =>
  (await scan(folderSource(folder), 'train', classes)).images.map(({ name, label }) => [name, label]);
const refusal = async (promise: Promise<unknown>) => {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(TrainingError);
  return (error as TrainingError).message;
};

describe('scan', () => {
  test('sorts classes and files, and takes pictures by their extension in any case', async () => {
    put('dogs/b.JPG', 'dogs/a.png', 'dogs/notes.txt', 'cats/2.jpeg', 'cats/10.jpeg', 'cats/x.gif', 'readme.png');
    expect(await names()).toEqual([
      ['cats/10.jpeg', 0],
      ['cats/2.jpeg', 0],
      ['dogs/a.png', 1],
      ['dogs/b.JPG', 1],
    ]);
  });

  test('finds nested files folder by folder, as os.walk sorted by path gives them', async () => {
    put('a/z.png', 'a/sub/a.png', 'a/sub/deep/b.png', 'a/sub-2/c.png', 'b/y.png');
    expect((await names()).map(([name]) => name)).toEqual([
      'a/z.png',
      'a/sub/a.png',
      'a/sub-2/c.png',
      'a/sub/deep/b.png',
      'b/y.png',
    ]);
  });

  test('orders names by code point, where UTF-16 would put an emoji before a private-use letter', async () => {
    put('a/\u{1F408}.png', 'a/\uE000.png', 'b/1.png');
    expect((await names()).map(([name]) => name)).toEqual(['a/\uE000.png', 'a/\u{1F408}.png', 'b/1.png']);
  });

  test('keeps the order of classes that the config names, and leaves others out', async () => {
    put('a/1.png', 'b/1.png', 'c/1.png');
    expect(await names(['c', 'a'])).toEqual([
      ['c/1.png', 0],
      ['a/1.png', 1],
    ]);
  });

  test('a folder without pictures is a class of its own', async () => {
    put('a/1.png');
    mkdirSync(join(folder, 'train', 'b'));
    expect((await scan(folderSource(folder), 'train')).classes).toEqual(['a', 'b']);
  });

  test('says what is missing, with the path', async () => {
    put('only/1.png');
    expect(await refusal(scan(folderSource(folder), 'train'))).toContain('only `only`');
    expect(await refusal(scan(folderSource(folder), 'other'))).toContain(folder);
    expect(await refusal(scan(folderSource(folder), 'train', ['only', 'more']))).toContain('`more`');
    mkdirSync(join(folder, 'train', 'second'));
    rmSync(join(folder, 'train', 'only', '1.png'));
    expect(await refusal(scan(folderSource(folder), 'train'))).toContain('no images');
  });
});

describe('folderSource', () => {
  const at = (path: string, roots: string[] = []) => refusal((async () => folderSource(path, roots))());

  test('names path and machine when the folder is not there', async () => {
    const message = await at(join(folder, 'nowhere'));
    expect(message).toContain(join(folder, 'nowhere'));
    expect(message).toContain('no such folder');
  });

  test('keeps to the roots it was given, links resolved, and never leaves its folder', async () => {
    put('a/1.png', 'b/1.png');
    expect(await at(tmpdir(), [folder])).toContain('reads images only under');
    symlinkSync(tmpdir(), join(folder, 'escape'));
    expect(await at('escape', [folder])).toContain('reads images only under');
    expect(await refusal(folderSource('.', [folder]).files('../..'))).toContain('leads out');
    expect((await scan(folderSource('.', [folder]), 'train')).images).toHaveLength(2);
  });
});
