import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FeatureStore } from '@tidemark/worker/train/feature-store';
import { afterAll, beforeEach, expect, test } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'tidemark-features-'));
const now = 1_764_000_000_000;
const store = new FeatureStore(folder, () => now);
const features = Float32Array.of(1, -2.5, Number.NaN);
beforeEach(() => store.write('key', features));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('gives back what was written, and nothing under another key or of another size', () => {
  expect(store.read('key', 3)).toEqual(features);
  expect(store.read('other', 3)).toBeNull();
  expect(store.read('key', 2)).toBeNull();
});

test('a damaged file counts as none', () => {
  const file = join(folder, 'key.features');
  const bytes = readFileSync(file);
  bytes[2]! ^= 1;
  writeFileSync(file, bytes);
  expect(store.read('key', 3)).toBeNull();
  writeFileSync(file, bytes.subarray(0, 20));
  expect(store.read('key', 3)).toBeNull();
});

test('what nobody has read for a month is removed with the next write', () => {
  const old = now / 1000 - 31 * 86_400;
  store.write('read', features);
  utimesSync(join(folder, 'key.features'), old, old);
  utimesSync(join(folder, 'read.features'), old, old);
  store.read('read', 3);
  store.write('new', features);
  expect(readdirSync(folder).sort()).toEqual(['new.features', 'read.features']);
});
