import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readConfigFile } from '../../cli/config-file.ts';
import { Failure } from '../../cli/failure.ts';

const folder = mkdtempSync(join(tmpdir(), 'tidemark-config-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let count = 0;
function file(text: string): string {
  const path = join(folder, `${count++}.yaml`);
  writeFileSync(path, text);
  return path;
}
function failure(run: () => unknown): Failure {
  try {
    run();
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

test('an unchanged file is sent as it stands, comments and all', () => {
  const text = '# why\nepochs: 3\ndata:\n    path: /somewhere # here\n';
  const config = readConfigFile(file(text));
  expect(config.text).toBe(text);
  expect(config.value).toEqual({ epochs: 3, data: { path: '/somewhere' } });
});

test('--set reads its value as YAML, makes what is missing, and keeps comments', () => {
  const path = file('# why\nepochs: 3\nmodel:\n  layers:\n    - { type: Dense, units: 1 } # head\n');
  const config = readConfigFile(path, [
    'epochs=30',
    'optimizer.learning_rate=1e-4',
    'model.layers.0.units=64',
    'data.image_size=[32, 32]',
    'name=a=b',
  ]);
  expect(config.value).toEqual({
    epochs: 30,
    model: { layers: [{ type: 'Dense', units: 64 }] },
    optimizer: { learning_rate: 1e-4 },
    data: { image_size: [32, 32] },
    name: 'a=b',
  });
  expect(config.text).toContain('# why');
  expect(config.text).toContain('# head');
});

test.each([
  ['epochs', 'not of the form'],
  ['=3', 'not of the form'],
  ['a..b=3', 'not of the form'],
  ['optimizer.rho=0.5', 'optimizer is Adam, which holds no keys'],
  ['a={', '--set a={'],
])('--set %s is refused', (set, message) => {
  const thrown = failure(() => readConfigFile(file('optimizer: Adam\n'), [set]));
  expect(thrown.message).toContain(message);
  expect(thrown.exit).toBe(2);
});

test('a relative data.path means the file’s folder when it is there, else the worker’s', () => {
  mkdirSync(join(folder, 'pets'), { recursive: true });
  expect(readConfigFile(file('data: { path: pets }')).value).toEqual({ data: { path: join(folder, 'pets') } });
  expect(readConfigFile(file('data: { path: not-here }')).value).toEqual({ data: { path: 'not-here' } });
});

test('lines are the file’s own, of the value or of what would hold it', () => {
  const config = readConfigFile(
    file('epochs: 3\ndata:\n  path: x\nmodel:\n  layers:\n    - type: Dense\n      units: 0\n'),
  );
  expect(config.lineOf(['model', 'layers', 0, 'units'])).toBe(7);
  expect(config.lineOf(['model', 'layers', 0, 'activation'])).toBe(6);
  expect(config.lineOf(['epochs'])).toBe(1);
  expect(config.lineOf(['nothing'])).toBeUndefined();
});

test('what is no YAML is refused at its place', () => {
  const path = file('epochs: 3\ndata: [1\nmodel: x\n');
  expect(failure(() => readConfigFile(path)).message).toMatch(new RegExp(`^${path}:[23]:`));
  expect(failure(() => readConfigFile(file('epochs: 1\nepochs: 2\n'))).message).toContain(':2:1');
  const two = failure(() => readConfigFile(file('epochs: 1\n---\nepochs: 2\n'))).message;
  expect(two).toMatch(/:2:1 {2}A second document begins here/);
  expect(failure(() => readConfigFile(file(''))).message).toContain('is empty');
  expect(failure(() => readConfigFile(join(folder, 'missing.yaml'))).exit).toBe(3);
  expect(failure(() => readConfigFile(folder)).message).toContain('is a folder');
});
