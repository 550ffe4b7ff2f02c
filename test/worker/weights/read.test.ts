import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeSafetensors } from '@tidemark/worker/weights/encode-safetensors';
import { parseWeights, readWeights } from '@tidemark/worker/weights/read';
import { readSafetensors } from '@tidemark/worker/weights/safetensors';
import { WeightFileError } from '@tidemark/worker/weights/tensors';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expected, expectTensors, fixture } from './fixtures.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidemark-weights-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const COUNTERS = ['depthwise_bn.num_batches_tracked', 'stem_bn.num_batches_tracked'];

describe('PyTorch', () => {
  test.each(['net.pt', 'net-legacy.pth', 'net-deflated.zip', 'net.safetensors'])(
    '%s: the tensors that PyTorch wrote, and none of its counters',
    async (name) => {
      const file = await readWeights(fixture(name));
      expect(file.framework).toBe('pytorch');
      expectTensors(file, expected.tensors);
      expect(file.leftOut.sort()).toEqual(COUNTERS);
    },
  );

  test.each(['kinds.pt', 'kinds-legacy.pt', 'kinds.safetensors'])(
    '%s: half, bfloat16 and double; views and transposed tensors; nothing that holds whole numbers',
    async (name) => {
      const file = await readWeights(fixture(name));
      expectTensors(file, expected.kinds);
      expect(file.leftOut.sort()).toEqual(['counter', 'flags']);
    },
  );
});

test('ONNX: initialisers, a Gemm’s transposed matrix as [in, out]', async () => {
  const file = await readWeights(fixture('net.onnx'));
  expect(file.framework).toBe('onnx');
  const { 'predictions.weight': matrix, ...rest } = expected.tensors;
  const turned = Array.from({ length: 10 }, (_, i) => matrix!.data[(i % 2) * 5 + Math.floor(i / 2)]!);
  expectTensors(file, { ...rest, 'predictions.weight': { dims: [5, 2], data: turned } });
});

describe('TensorFlow.js', () => {
  test.each(['tfjs/model.json', 'tfjs.zip'])('%s: weights of all shards', async (name) => {
    const file = await readWeights(fixture(name));
    expect(file.framework).toBe('tensorflow');
    expect(file.tensors.get('stem/kernel')!.dims).toEqual([3, 3, 3, 4]);
    expect(file.tensors.get('depthwise/depthwise_kernel')!.dims).toEqual([3, 3, 4, 1]);
    expect([...file.tensors.get('predictions/bias')!.data]).toEqual(
      expected.tensors['predictions.bias']!.data.map(Math.fround),
    );
    expect(file.tensors.size).toBe(14);
  });

  test('quantised weights are levels × scale + min', async () => {
    const manifest = [
      {
        paths: ['a.bin'],
        weights: [
          { name: 'x/bytes', shape: [2], dtype: 'float32', quantization: { dtype: 'uint8', scale: 0.5, min: -1 } },
          { name: 'x/half', shape: [1], dtype: 'float32', quantization: { dtype: 'float16' } },
          { name: 'x/words', shape: [1], dtype: 'float32', quantization: { dtype: 'uint16', scale: 2, min: 1 } },
        ],
      },
    ];
    const shard = Uint8Array.of(3, 255, 0, 0xc0, 0x01, 0x02);
    const model = Buffer.from(JSON.stringify({ weightsManifest: manifest }));
    const file = await parseWeights(model, () => shard);
    expect([...file.tensors].map(([name, { data }]) => [name, ...data])).toEqual([
      ['x/bytes', 0.5, 126.5],
      ['x/half', -2],
      ['x/words', 1027],
    ]);
  });

  test('a shard that is not beside model.json is named', async () => {
    const model = join(folder, 'model.json');
    writeFileSync(model, readFileSync(fixture('tfjs/model.json')));
    await expect(readWeights(model)).rejects.toThrow('model.json names group1-shard1of2.bin, which is not beside it');
  });

  test.each(['../secret', '/etc/passwd', 'a/../../b', '.hidden'])('the shard %s is refused', async (path) => {
    const model = Buffer.from(JSON.stringify({ weightsManifest: [{ paths: [path], weights: [] }] }));
    await expect(parseWeights(model, () => new Uint8Array())).rejects.toThrow('none beside it');
  });
});

test.each([
  ['net.weights.h5', 'stem/0'],
  ['net.keras', 'stem/0'],
  ['net.h5', 'stem/kernel'],
])('Keras’s %s: the model’s weights, and nothing of its optimizer', async (name, first) => {
  const { framework, tensors } = await readWeights(fixture(name));
  expect(framework).toBe('tensorflow');
  expect(tensors.size).toBe(14);
  expect(tensors.get(first)!.dims).toEqual([3, 3, 3, 4]);
});

test('what we write we read: any tensors, byte for byte the same each time', () => {
  const tensor = fc
    .array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 })
    .chain((dims) =>
      fc
        .array(fc.float({ noNaN: false }), { minLength: size(dims), maxLength: size(dims) })
        .map((data) => ({ dims, data: Float32Array.from(data) })),
    );
  const name = fc
    .string({ minLength: 1, maxLength: 12 })
    .filter((text) => text !== '__proto__' && text !== '__metadata__');
  fc.assert(
    fc.property(
      fc.dictionary(name, tensor),
      fc.constantFrom('tidemark', 'pytorch', 'onnx', 'tensorflow'),
      (all, framework) => {
        const tensors = new Map(Object.entries(all));
        const bytes = encodeSafetensors({ framework, tensors });
        const back = readSafetensors(bytes);
        expect(back.framework).toBe(framework);
        expect([...back.tensors.keys()].sort()).toEqual([...tensors.keys()].sort());
        for (const [key, { dims, data }] of tensors) expect(back.tensors.get(key)).toEqual({ dims, data });
        const turned = new Map([...tensors].reverse());
        expect(encodeSafetensors({ framework, tensors: turned })).toEqual(bytes);
      },
    ),
  );
});

const size = (dims: readonly number[]): number => dims.reduce((a, b) => a * b, 1);

describe('hostile files', () => {
  const FILES = [
    'net.weights.h5',
    'net.h5',
    'net.keras',
    'net.pt',
    'net-legacy.pth',
    'net-deflated.zip',
    'kinds.pt',
    'net.safetensors',
    'net.onnx',
    'tfjs.zip',
  ];

  /** Whatever is done to a file: it is read or refused in our own words, soon, and never as more than a few times its size. */
  async function survives(bytes: Uint8Array): Promise<void> {
    try {
      const { tensors } = await parseWeights(bytes);
      const numbers = [...tensors.values()].reduce((sum, { data }) => sum + data.length, 0);
      expect(numbers).toBeLessThan(64 * bytes.length);
    } catch (error) {
      if (!(error instanceof WeightFileError)) throw error;
    }
  }

  test.each(FILES)('%s with bytes changed, cut out or repeated', async (name) => {
    const good = readFileSync(fixture(name));
    const place = fc.integer({ min: 0, max: good.length - 1 });
    const change = fc.oneof(
      fc.tuple(
        fc.constant('set' as const),
        place,
        fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(0, 127, 255)),
      ),
      fc.tuple(fc.constant('cut' as const), place, fc.integer({ min: 1, max: 64 })),
      fc.tuple(fc.constant('copy' as const), place, fc.integer({ min: 1, max: 64 })),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 6 }), async (changes) => {
        let bytes: Uint8Array = Uint8Array.from(good);
        for (const [kind, at, value] of changes) {
          if (kind === 'set') bytes[Math.min(at, bytes.length - 1)] = value;
          else if (kind === 'cut') bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + value)]);
          else bytes = Buffer.concat([bytes.subarray(0, at + value), bytes.subarray(at)]);
        }
        await survives(Uint8Array.from(bytes));
      }),
      { numRuns: good.length > 20_000 ? 150 : 400 },
    );
  });

  test('noise behind each format’s first bytes', async () => {
    const starts = [[0x50, 0x4b, 3, 4], [0x80, 2], [0x08, 8, 0x3a], [20, 0, 0, 0, 0, 0, 0, 0, 0x7b], [0x7b], []];
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...starts), fc.uint8Array({ maxLength: 200 }), (start, rest) =>
        survives(Uint8Array.from([...start, ...rest])),
      ),
      { numRuns: 500 },
    );
  });

  test('a truncated file is refused, wherever it ends', async () => {
    for (const name of FILES) {
      const good = readFileSync(fixture(name));
      for (let end = 0; end < good.length; end += Math.max(37, Math.floor(good.length / 100))) {
        await expect(parseWeights(Uint8Array.from(good.subarray(0, end))), `${name} to ${end}`).rejects.toThrow(
          WeightFileError,
        );
      }
    }
  });
});

const header = (value: object, body = 0): Uint8Array => {
  const text = Buffer.from(JSON.stringify(value));
  const bytes = Buffer.alloc(8 + text.length + body);
  bytes.writeBigUInt64LE(BigInt(text.length));
  text.copy(bytes, 8);
  return bytes;
};
const f32 = (shape: number[], ...data_offsets: number[]) => ({ dtype: 'F32', shape, data_offsets });

test.each([
  ['tensors that overlap', { a: f32([2], 0, 8), b: f32([1], 4, 8) }, 8, 'begins at 4, not at 8'],
  ['bytes between tensors', { a: f32([1], 0, 4), b: f32([1], 8, 12) }, 12, 'begins at 8, not at 4'],
  ['bytes after the last', { a: f32([1], 0, 4) }, 8, '4 bytes after the last tensor'],
  ['a shape that does not fill them', { a: f32([3], 0, 8) }, 8, '3 × F32 cannot lie at 0 to 8'],
  ['an end beyond the file', { a: f32([2], 0, 8) }, 4, 'of 4 bytes'],
  ['a huge shape', { a: f32([2 ** 40, 2 ** 40], 0, 4) }, 4, 'larger than any weight'],
  ['a negative axis', { a: f32([-1, -1], 0, 4) }, 4, 'an axis of -1'],
  ['an unknown type', { a: { ...f32([1], 0, 4), dtype: 'F8_E4M3' } }, 4, 'unknown type "F8_E4M3"'],
  ['a type of the prototype', { a: { ...f32([1], 0, 4), dtype: 'constructor' } }, 4, 'unknown type "constructor"'],
])('safetensors with %s', (_, value, body, message) => {
  expect(() => readSafetensors(header(value, body))).toThrow(message);
});

test.each([
  ['', 'none of safetensors, ONNX'],
  ['\x89HDF\r\n\x1a\n', 'The HDF5 file is broken'],
  ['{"a":1}', 'no weightsManifest'],
  ['{', 'no JSON'],
])('what is no file of weights is called so: %j', async (text, message) => {
  await expect(parseWeights(Buffer.from(text, 'latin1'))).rejects.toThrow(message);
});

test('a missing file, and a folder', async () => {
  await expect(readWeights(join(folder, 'none.pt'))).rejects.toThrow(/There is no file .*none\.pt/);
  await expect(readWeights(folder)).rejects.toThrow('is no file');
});
