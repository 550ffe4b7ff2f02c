import { readFileSync } from 'node:fs';
import type { DataConfig } from '@tidemark/training/config/data';
import { nearest } from '@tidemark/training/nearest';
import { TrainingError } from '../training-error.ts';
import { type CsvRow, parseCsv } from './csv.ts';
import { isImageName, type Listed, type Scan } from './scan.ts';
import type { Source } from './source.ts';

const FILE_COLUMN = 'filename';

/**
 * The images that a folder's labels file names, in its order, as Keras's `flow_from_dataframe`: a CSV file whose first line names the
 * columns, `filename` (relative to the folder) and one for each label or target. Images that it does not name are left out.
 * With `data.classes` given, these columns and in this order. The labels of `multi_label` are 0 or 1, those of `regression` any numbers.
 * @throws TrainingError naming file, line and column of what cannot be used
 */
export async function scanLabels(source: Source, folder: string, data: DataConfig): Promise<Scan> {
  const name = data.labels ?? 'labels.csv';
  const files = new Map((await source.files(folder)).map(({ path, file }) => [path, file]));
  const where = `${name} in ${source.describe(folder)}`;
  const file = files.get(name);
  if (file === undefined) {
    throw new TrainingError(
      'data_labels',
      `There is no ${where}. \`class_mode: ${data.class_mode}\` reads labels from it: a CSV file with the column \`${FILE_COLUMN}\` and one for each ${data.class_mode === 'regression' ? 'target' : 'label'}.`,
    );
  }
  const [header, ...rows] = parseCsv(readFileSync(file, 'utf8'));
  const wrong = (text: string, line?: number) =>
    new TrainingError('data_labels', `${line === undefined ? '' : `Line ${line} of `}${where}: ${text}`);
  if (!header || rows.length === 0) throw wrong('it names no images.');
  const { at, columns } = columnsOf(header, data.classes, wrong);
  const seen = new Map<string, number>();
  const images = rows.map((row): Listed => {
    if (row.cells.length !== header.cells.length) {
      throw wrong(`it has ${row.cells.length} cells, the first line ${header.cells.length}.`, row.line);
    }
    const path = row.cells[at]!.trim().replace(/^\.\//, '');
    const earlier = seen.get(path);
    if (earlier !== undefined) throw wrong(`\`${path}\` stands on line ${earlier} already.`, row.line);
    seen.set(path, row.line);
    const image = files.get(path);
    if (image === undefined) {
      const meant = nearest(path, [...files.keys()].slice(0, 10_000));
      throw wrong(`the folder has no file \`${path}\`.${meant ? ` Is it \`${meant}\`?` : ''}`, row.line);
    }
    if (!isImageName(path)) throw wrong(`\`${path}\` is no image by its extension.`, row.line);
    const vector = columns.map(({ index, label }) => labelOf(row, index, label, data.class_mode, wrong));
    return { name: path, label: 0, vector, file: image };
  });
  return { classes: columns.map(({ label }) => label), images };
}

type Wrong = (text: string, line?: number) => TrainingError;

function columnsOf({ cells, line }: CsvRow, wanted: DataConfig['classes'], wrong: Wrong) {
  const names = cells.map((cell) => cell.trim());
  const at = names.indexOf(FILE_COLUMN);
  if (at < 0) throw wrong(`the first line names no column \`${FILE_COLUMN}\`, but ${names.join(', ')}.`, line);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw wrong(`two columns are called \`${twice}\`.`, line);
  const labels = wanted ?? names.filter((_, i) => i !== at);
  if (labels.length === 0) throw wrong('there is no column beside the file names.', line);
  const columns = labels.map((label) => {
    const index = names.indexOf(label);
    if (index < 0)
      throw wrong(`there is no column \`${label}\`, which data.classes names; it has ${names.join(', ')}.`, line);
    return { label, index };
  });
  return { at, columns };
}

function labelOf(row: CsvRow, index: number, label: string, mode: DataConfig['class_mode'], wrong: Wrong): number {
  const text = row.cells[index]!.trim();
  const value = text === '' ? Number.NaN : Number(text);
  const fits = mode === 'regression' ? Number.isFinite(value) : value === 0 || value === 1;
  if (!fits)
    throw wrong(`\`${label}\` must be ${mode === 'regression' ? 'a number' : '0 or 1'}, but is "${text}".`, row.line);
  return value;
}
