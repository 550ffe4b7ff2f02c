import { readFileSync } from 'node:fs';
import { augment } from '@tidemark/training/augment/augment';
import { blur } from '@tidemark/training/augment/blur';
import type { Box } from '@tidemark/training/augment/box';
import { IDENTITY } from '@tidemark/training/augment/draw';
import { type JitterName, jitter } from '@tidemark/training/augment/jitter';
import type { Affine } from '@tidemark/training/augment/matrix';
import { moveAffine } from '@tidemark/training/augment/move';
import {
  drawRandAugment,
  drawTrivialAugment,
  type Move,
  type PolicyStep,
  type Retouch,
} from '@tidemark/training/augment/policy';
import { cropAffine } from '@tidemark/training/augment/resized-crop';
import { retouch } from '@tidemark/training/augment/retouch';
import { PURPOSE, stream } from '@tidemark/training/rng';
import { describe, expect, test } from 'vitest';
import { bytesImage, greatestDifference } from './images.ts';

// What real torchvision did, recorded by fixtures/make_transforms.py with the versions in the file.
type Case = { shape: [number, number, number]; dark: boolean; pixels: string } & (
  | { kind: 'retouch'; op: Retouch; by: number }
  | { kind: 'move'; op: Move; by: number }
  | { kind: 'jitter'; op: JitterName; by: number }
  | { kind: 'blur'; size: number; sigma: number }
  | { kind: 'crop'; box: Box }
);
type Space = Record<string, [number[], boolean]>;
const fixture: { cases: Case[]; trivial_augment: Space; rand_augment: { size: [number, number]; space: Space } } =
  JSON.parse(readFileSync(new URL('../fixtures/transforms.json', import.meta.url), 'utf8'));

function expected({ kind, pixels }: Case): Float32Array {
  const bytes = Buffer.from(pixels, 'base64');
  if (kind === 'retouch') return Float32Array.from(bytes);
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

const source = ({ shape, dark }: Case): Float32Array => {
  const image = bytesImage(shape);
  return dark ? image.map((value) => 40 + Math.floor(value / 2)) : image;
};
const of = <K extends Case['kind']>(kind: K) =>
  fixture.cases.filter((one): one is Extract<Case, { kind: K }> => one.kind === kind);

/** Differences where the source lies inside the given edges; outside, torchvision mixes black in. */
function insideDifference(
  out: Float32Array,
  wanted: Float32Array,
  [rows, columns, channels]: readonly number[],
  map: Affine,
  { top, left, height, width }: Box,
): { worst: number; compared: number } {
  let [worst, compared] = [0, 0];
  for (let r = 0; r < rows!; r++) {
    for (let c = 0; c < columns!; c++) {
      const y = map.rr * r + map.rc * c + map.r0;
      const x = map.cr * r + map.cc * c + map.c0;
      if (y < top || x < left || y > top + height - 1 || x > left + width - 1) continue;
      for (let k = 0; k < channels!; k++) {
        const at = (r * columns! + c) * channels! + k;
        worst = Math.max(worst, Math.abs(out[at]! - wanted[at]!));
        compared++;
      }
    }
  }
  return { worst, compared };
}

test('the fixture has every operation', () => {
  expect(new Set(of('retouch').map(({ op }) => op)).size).toBe(8);
  expect(new Set(of('move').map(({ op }) => op)).size).toBe(5);
  expect(new Set(of('jitter').map(({ op }) => op)).size).toBe(4);
  expect(of('blur').length).toBeGreaterThan(4);
  expect(of('crop').length).toBeGreaterThan(4);
});

test.each(
  of('retouch').map((one) => [`${one.op} ${one.by}, ${one.shape.join('×')}${one.dark ? ' dark' : ''}`, one] as const),
)('%s: Pillow’s bytes', (_name, one) => {
  const [rows, columns, channels] = one.shape;
  const pixels = Uint8Array.from(source(one));
  retouch(pixels, rows, columns, channels, one.op, one.by);
  expect([...pixels]).toEqual([...expected(one)]);
  const step: PolicyStep = { op: one.op, by: one.by };
  const whole = augment(
    source(one),
    rows,
    columns,
    channels,
    { fill_mode: 'nearest', cval: 0 },
    { ...IDENTITY, policy: [step] },
  );
  expect([...whole]).toEqual([...pixels]);
});

test.each(of('move').map((one) => [`${one.op} ${one.by}, ${one.shape.join('×')}`, one] as const))(
  '%s: torchvision’s pixels to 2e-3, away from the edge',
  (_name, one) => {
    const [rows, columns, channels] = one.shape;
    const draw = { ...IDENTITY, policy: [{ op: one.op, by: one.by }] };
    const out = augment(source(one), rows, columns, channels, { fill_mode: 'constant', cval: 0 }, draw);
    const map = moveAffine(one.op, one.by, rows, columns);
    const whole = { top: 0.01, left: 0.01, height: rows - 0.02, width: columns - 0.02 };
    const { worst, compared } = insideDifference(out, expected(one), one.shape, map, whole);
    expect(compared).toBeGreaterThan(rows * columns * channels * 0.15);
    // torchvision's sampling grid is float32 from −1 to 1.
    expect(worst).toBeLessThan(2e-3);
  },
);

test.each(of('crop').map((one) => [`${Object.values(one.box).join(', ')}, ${one.shape.join('×')}`, one] as const))(
  'crop %s: torchvision’s pixels to 1e-3, away from the crop’s edge',
  (_name, one) => {
    const [rows, columns, channels] = one.shape;
    const draw = { ...IDENTITY, random_resized_crop: one.box };
    const out = augment(source(one), rows, columns, channels, { fill_mode: 'constant', cval: 0 }, draw);
    const { worst, compared } = insideDifference(
      out,
      expected(one),
      one.shape,
      cropAffine(one.box, rows, columns)!,
      one.box,
    );
    expect(compared).toBeGreaterThan(rows * columns * channels * 0.5);
    expect(worst).toBeLessThan(1e-3);
  },
);

test.each(of('jitter').map((one) => [`${one.op} ${one.by}`, one] as const))(
  'jitter %s: torchvision’s pixels to 1e-3',
  (_name, one) => {
    const pixels = source(one);
    jitter(pixels, one.shape[2], [{ name: one.op, by: one.by }]);
    expect(greatestDifference(pixels, expected(one))).toBeLessThan(1e-3);
  },
);

test.each(of('blur').map((one) => [`${one.size}, ${one.sigma}, ${one.shape.join('×')}`, one] as const))(
  'blur %s: torchvision’s pixels to 1e-3',
  (_name, one) => {
    const pixels = source(one);
    blur(pixels, ...one.shape, one.size, one.sigma);
    expect(greatestDifference(pixels, expected(one))).toBeLessThan(1e-3);
  },
);

describe('tables of strengths', () => {
  function compare(space: Space, steps: PolicyStep[], magnitude?: number): void {
    expect(new Set(steps.map(({ op }) => op))).toEqual(new Set(Object.keys(space)));
    for (const [op, [values, signed]] of Object.entries(space)) {
      const cut = (value: number) => (op.startsWith('Translate') ? Math.trunc(value) : value);
      const bins = values.length === 1 || magnitude === undefined ? values : [values[magnitude]!];
      const wanted = [...new Set(bins.map(cut))].sort((a, b) => a - b);
      const drawn = steps.filter((step) => step.op === op).map(({ by }) => by);
      const sizes = [...new Set(drawn.map((by) => Math.fround(Math.abs(by))))].sort((a, b) => a - b);
      expect(greatestDifference(sizes, wanted), op).toBeLessThan(2e-5);
      expect(
        drawn.some((by) => by < 0),
        op,
      ).toBe(signed && wanted.some((by) => by > 0));
    }
  }

  test('TrivialAugmentWide’s is torchvision’s', () => {
    const steps = Array.from({ length: 14 * 31 * 20 }, (_, i) =>
      drawTrivialAugment(stream(1, PURPOSE.augmentation, 0, i)),
    ).flat();
    compare(fixture.trivial_augment, steps);
  });

  test('RandAugment’s is torchvision’s, in every bin', () => {
    const { size, space } = fixture.rand_augment;
    for (let magnitude = 0; magnitude < 31; magnitude++) {
      const config = { num_ops: 300, magnitude, num_magnitude_bins: 31 };
      compare(space, drawRandAugment(config, size, stream(1, PURPOSE.augmentation, 0, magnitude)), magnitude);
    }
  });
});
