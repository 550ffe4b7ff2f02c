import { readFileSync } from 'node:fs';
import { crc32, deflateRawSync } from 'node:zlib';
import { Unpickler } from '@tidemark/worker/weights/pickle';
import { parseWeights } from '@tidemark/worker/weights/read';
import { WeightFileError } from '@tidemark/worker/weights/tensors';
import { Zip } from '@tidemark/worker/weights/zip';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { fixture } from './fixtures.ts';

const rules = {
  globals: new Set(['collections.OrderedDict']),
  call: () => 'called',
  persistent: () => 'persistent',
};
const load = (...parts: (string | number[])[]) =>
  new Unpickler(
    Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part)))),
    rules,
  ).load();
const text = (value: string) => [0x58, value.length, 0, 0, 0, ...Buffer.from(value)];

test.each([
  ['os.system called', "cos\nsystem\n(S'id'\ntR.", '"os.system"'],
  ['a builtin', 'cbuiltins\neval\n.', '"builtins.eval"'],
  ['a name in the stack', [...text('os'), ...text('system'), 0x93, 0x2e], '"os.system"'],
  ['an attribute of an allowed module', 'ccollections\nnamedtuple\n.', '"collections.namedtuple"'],
  ['an instance (INST)', '(ios\nsystem\n.', 'opcode 0x69'],
  ['an object (OBJ)', '(cos\nsystem\no.', '"os.system"'],
  ['a new object (NEWOBJ)', 'ccollections\nOrderedDict\n)\x81.', 'opcode 0x81'],
  ['an extension', [0x82, 1, 0x2e], 'opcode 0x82'],
  ['a call of what is no name', ')(tR.', 'something is called that is no name'],
  ['nothing kept', 'h\x07.', 'nothing was kept at place 7'],
  ['a memo at the end of the world', [0x4e, 0x72, 255, 255, 255, 255, 0x2e], 'memo has a place'],
  ['an empty stack', '.', 'its stack is empty'],
  ['a mark as a value', '(.', 'its stack is empty'],
  ['no mark', 't.', 'a mark is missing'],
  ['no end', 'N', 'it ends too early'],
  ['an endless string', [0x58, 255, 255, 255, 127, 0x2e], 'it ends too early'],
])('refuses %s', (_, program, message) => {
  expect(() => load(program)).toThrow(message);
});

test('builds plain values, and only those', () => {
  const program = [0x80, 2, 0x7d, 0x28, ...text('a'), 0x4b, 7, ...text('b'), 0x5d, 0x28, 0x4e, 0x88, 0x65, 0x75, 0x2e];
  expect([...(load(program) as Map<string, unknown>)]).toEqual([
    ['a', 7],
    ['b', [null, true]],
  ]);
  expect(load('\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.')).toBe(0x1950a86a20f9469cfc6cn);
  expect(load('G\x3f\xf8\0\0\0\0\0\0.')).toBe(1.5);
  expect(load('J\xfe\xff\xff\xff.')).toBe(-2);
});

/** An archive of stored or deflated files, whose directory says what it is told. */
function zip(files: { name: string; content: Uint8Array; deflate?: boolean; claim?: number }[]): Uint8Array {
  const parts: Buffer[] = [];
  const central: Buffer[] = [];
  let at = 0;
  for (const { name, content, deflate, claim } of files) {
    const packed = deflate ? deflateRawSync(content) : Buffer.from(content);
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(deflate ? 8 : 0, 4);
    fields.writeUInt32LE(crc32(content), 10);
    fields.writeUInt32LE(packed.length, 14);
    fields.writeUInt32LE(claim ?? content.length, 18);
    fields.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), fields, Buffer.from(name), packed]);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(at, 10);
    central.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00'), fields, place, Buffer.from(name)]));
    parts.push(local);
    at += local.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(files.length, 8);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...parts, directory, end]);
}

test('an archive gives back what was put in', () => {
  const content = Buffer.from('hello '.repeat(100));
  const made = new Zip(
    zip([
      { name: 'a', content },
      { name: 'b', content, deflate: true },
    ]),
  );
  for (const name of ['a', 'b']) expect(Buffer.from(made.read(name))).toEqual(content);
});

test('a bomb is refused before it goes off, and one that lies about its size while it does', () => {
  const content = new Uint8Array(5_000_000);
  const bomb = zip([{ name: 'a', content, deflate: true, claim: 2 ** 31 }]);
  expect(() => new Zip(bomb)).toThrow('claims 2147483648 bytes');
  const lying = new Zip(zip([{ name: 'a', content, deflate: true, claim: 1000 }]));
  expect(() => lying.read('a')).toThrow('does not inflate to 1000 bytes');
});

test('an archive with two files of weights asks which one; one without says so', async () => {
  const content = Buffer.from('x');
  await expect(
    parseWeights(
      zip([
        { name: 'a.pt', content },
        { name: 'm/b.onnx', content },
      ]),
    ),
  ).rejects.toThrow('2 files of weights: a.pt, m/b.onnx');
  await expect(parseWeights(zip([{ name: 'setup.py', content }]))).rejects.toThrow('holds no file of weights');
});

test('a state dict whose pickle was tampered with is read or refused in our words', async () => {
  const whole = new Zip(Uint8Array.from(readFileSync(fixture('kinds.pt'))));
  const files = whole.entries.map(({ name }) => ({ name, content: Uint8Array.from(whole.read(name)) }));
  const pickle = files.find(({ name }) => name.endsWith('data.pkl'))!;
  const good = pickle.content;
  const change = fc.tuple(fc.integer({ min: 0, max: good.length - 1 }), fc.integer({ min: 0, max: 255 }));
  let refused = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
      pickle.content = good.slice();
      for (const [at, value] of changes) pickle.content[at] = value;
      await parseWeights(zip(files)).catch((error: unknown) => {
        if (!(error instanceof WeightFileError)) throw error;
        refused++;
      });
    }),
    { numRuns: 1500 },
  );
  expect(refused).toBeGreaterThan(300);
});

test('a state dict that names code is refused by that name', async () => {
  const evil = Buffer.concat([
    Buffer.from('\x80\x02cposix\nsystem\n', 'latin1'),
    Buffer.from(text('touch /tmp/owned')),
    Buffer.from('\x85R.', 'latin1'),
  ]);
  await expect(parseWeights(zip([{ name: 'archive/data.pkl', content: evil }]))).rejects.toThrow('"posix.system"');
});
