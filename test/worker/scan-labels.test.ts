import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataConfig } from '@tidemark/training/config/data';
import { parseCsv } from '@tidemark/worker/data/csv';
import { folderSource } from '@tidemark/worker/data/folder-source';
import { scanLabels } from '@tidemark/worker/data/scan-labels';
import { TrainingError } from '@tidemark/worker/training-error';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { writeText } from './images.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidemark-labels-'));
  for (const image of ['b.png', 'a.png', 'deep/c.jpg', 'left-out.png']) writeText(join(folder, 'train', image));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const found = (csv: string, data: object = {}) => {
  writeText(join(folder, 'train', 'labels.csv'), csv);
  return scanLabels(folderSource(folder), 'train', DataConfig.parse({ class_mode: 'multi_label', ...data }));
};
const refusal = async (csv: string, data: object = {}) => {
  const error = await found(csv, data).then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(TrainingError);
  return (error as TrainingError).message;
};

describe('a labels file', () => {
  test('names images in its order, and a number for each of its columns', async () => {
    const { classes, images } = await found('filename,wet,cold\nb.png,1,0\r\n\n./deep/c.jpg, 1 ,1\n');
    expect(classes).toEqual(['wet', 'cold']);
    expect(images.map(({ name, vector }) => [name, vector])).toEqual([
      ['b.png', [1, 0]],
      ['deep/c.jpg', [1, 1]],
    ]);
    expect(images[1]!.file).toBe(join(folder, 'train', 'deep', 'c.jpg'));
  });

  test('gives the columns that data.classes names, in that order', async () => {
    const { classes, images } = await found('cold,filename,note,wet\n0,a.png,"x, ""y""",1', {
      classes: ['wet', 'cold'],
    });
    expect(classes).toEqual(['wet', 'cold']);
    expect(images[0]!.vector).toEqual([1, 0]);
  });

  test('of a regression has any numbers', async () => {
    const data = { class_mode: 'regression', labels: 'labels.csv' };
    expect((await found('filename,age\na.png,-3.5e2', data)).images[0]!.vector).toEqual([-350]);
    expect(await refusal('filename,age\na.png,old', data)).toMatch(
      /^Line 2 of labels\.csv in .*train.*: `age` must be a number, but is "old"\./,
    );
    expect(await refusal('filename,age\na.png,', data)).toMatch(/is ""/);
    expect(await refusal('filename,age\na.png,Infinity', data)).toMatch(/must be a number/);
  });

  test.each([
    ['no file column', 'file,wet\na.png,1', /names no column `filename`, but file, wet/],
    ['no labels', 'filename\na.png', /no column beside/],
    ['no images', 'filename,wet\n', /names no images/],
    ['a label that is no 0 or 1', 'filename,wet\nb.png,0\na.png,2', /^Line 3 .*`wet` must be 0 or 1, but is "2"/],
    ['an image that is not there', 'filename,wet\nc.jpg,1', /^Line 2 .*no file `c\.jpg`\. Is it `deep\/c\.jpg`\?/],
    ['an image twice', 'filename,wet\na.png,1\n./a.png,0', /^Line 3 .*`a\.png` stands on line 2 already/],
    ['a short line', 'filename,wet,cold\na.png,1', /^Line 2 .*2 cells, the first line 3/],
    ['two columns of one name', 'filename,wet,wet\na.png,1,1', /two columns are called `wet`/],
    ['what is no image', 'filename,wet\nlabels.csv,1', /no image by its extension/],
  ])('is refused with the line: %s', async (_, csv, message) => {
    expect(await refusal(csv)).toMatch(message);
  });

  test('is refused for a column or a file that the config names and it has not', async () => {
    expect(await refusal('filename,wet\na.png,1', { classes: ['dry'] })).toMatch(
      /no column `dry`.*it has filename, wet/,
    );
    expect(await refusal('filename,wet\na.png,1', { labels: 'truth.csv' })).toMatch(
      /There is no truth\.csv in .*`class_mode: multi_label`/,
    );
  });
});

test('a CSV file is read as it was written, whatever is in its cells', () => {
  const cell = fc.oneof(fc.string(), fc.constantFrom('a,b', '"', 'x\ny', 'é', '', ' '));
  fc.assert(
    fc.property(
      fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { minLength: 1 }),
      fc.constantFrom('\n', '\r\n'),
      (rows, end) => {
        const written = rows.map((cells) =>
          cells.map((text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)).join(','),
        );
        const text = `${written.join(end)}`;
        expect(parseCsv(text).map(({ cells }) => cells)).toEqual(rows);
      },
    ),
  );
});
