import { readFileSync } from 'node:fs';
import type { WeightFile } from '@tidemark/worker/weights/tensors';
import { expect } from 'vitest';

interface Listed {
  dims: number[];
  data: number[];
}

export interface Expected {
  /** [image, row, column, channel], 0 to 255. */
  images: number[];
  shape: [number, number, number, number];
  features: number[];
  logits: number[];
  tensors: Record<string, Listed>;
  kinds: Record<string, Listed>;
}

export const fixture = (name: string): string => new URL(`fixtures/${name}`, import.meta.url).pathname;
export const expected = JSON.parse(readFileSync(fixture('expected.json'), 'utf8')) as Expected;

/** That a file holds exactly these tensors. */
export function expectTensors(file: WeightFile, tensors: Record<string, Listed>): void {
  expect([...file.tensors.keys()].sort()).toEqual(Object.keys(tensors).sort());
  for (const [name, { dims, data }] of Object.entries(tensors)) {
    const found = file.tensors.get(name)!;
    expect(found.dims, name).toEqual(dims);
    expect(
      Array.from(found.data, (value) => Math.abs(value)),
      name,
    ).toEqual(data.map((value) => expect.closeTo(Math.abs(value), 6)));
    expect(Array.from(found.data, Math.sign), name).toEqual(data.map((value) => Math.sign(Math.fround(value))));
  }
}
