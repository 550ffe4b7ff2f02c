import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

// The series colours must differ for every kind of sight, and stand out from what lies under them.

type Triple = readonly [number, number, number];

const css = readFileSync(new URL('../../web/styles/tokens.css', import.meta.url), 'utf8');

function tokens(theme: 'light' | 'dark'): Map<string, string> {
  const block = theme === 'light' ? /:root \{([^}]*)\}/.exec(css) : /\[data-theme="dark"\] \{([^}]*)\}/.exec(css);
  return new Map(
    [...(block?.[1] ?? '').matchAll(/(--[\w-]+):\s*(#[0-9a-f]{6});/g)].map((match) => [match[1]!, match[2]!]),
  );
}

const hex = (text: string): Triple => {
  const value = Number.parseInt(text.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
};
const linear = (rgb: Triple): Triple =>
  rgb.map((channel) => {
    const c = channel / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  }) as unknown as Triple;
const times = (m: readonly Triple[], v: Triple): Triple =>
  m.map((row) => row[0] * v[0] + row[1] * v[1] + row[2] * v[2]) as unknown as Triple;
const clamp = (v: Triple): Triple => v.map((c) => Math.min(1, Math.max(0, c))) as unknown as Triple;

/** WCAG 2 contrast of two linear colours. */
function contrast(a: Triple, b: Triple): number {
  const [dark, light] = [a, b].map((c) => 0.2126 * c[0] + 0.7152 * c[1] + 0.0722 * c[2]).sort((x, y) => x - y) as [
    number,
    number,
  ];
  return (light + 0.05) / (dark + 0.05);
}

function lab(rgb: Triple): Triple {
  const [x, y, z] = times(
    [
      [0.4124564, 0.3575761, 0.1804375],
      [0.2126729, 0.7151522, 0.072175],
      [0.0193339, 0.119192, 0.9503041],
    ],
    rgb,
  );
  const f = (t: number): number => (t > 216 / 24389 ? Math.cbrt(t) : ((24389 / 27) * t + 16) / 116);
  const [fx, fy, fz] = [f(x / 0.95047), f(y), f(z / 1.08883)];
  return [116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)];
}

/** CIEDE2000 (Sharma, Wu, Dalal 2005). */
function deltaE([l1, a1, b1]: Triple, [l2, a2, b2]: Triple): number {
  const rad = Math.PI / 180;
  const cBar = (Math.hypot(a1, b1) + Math.hypot(a2, b2)) / 2;
  const g = 0.5 * (1 - Math.sqrt(cBar ** 7 / (cBar ** 7 + 25 ** 7)));
  const [p1, p2] = [(1 + g) * a1, (1 + g) * a2];
  const [c1, c2] = [Math.hypot(p1, b1), Math.hypot(p2, b2)];
  const hue = (a: number, b: number): number => (a === 0 && b === 0 ? 0 : (Math.atan2(b, a) / rad + 360) % 360);
  const [h1, h2] = [hue(p1, b1), hue(p2, b2)];
  const gap = c1 * c2 === 0 ? 0 : ((h2 - h1 + 540) % 360) - 180;
  const dH = 2 * Math.sqrt(c1 * c2) * Math.sin((gap * rad) / 2);
  const lBar = (l1 + l2) / 2;
  const cMean = (c1 + c2) / 2;
  const hBar =
    c1 * c2 === 0 ? h1 + h2 : Math.abs(h1 - h2) <= 180 ? (h1 + h2) / 2 : (h1 + h2 + (h1 + h2 < 360 ? 360 : -360)) / 2;
  const t =
    1 -
    0.17 * Math.cos((hBar - 30) * rad) +
    0.24 * Math.cos(2 * hBar * rad) +
    0.32 * Math.cos((3 * hBar + 6) * rad) -
    0.2 * Math.cos((4 * hBar - 63) * rad);
  const sl = 1 + (0.015 * (lBar - 50) ** 2) / Math.sqrt(20 + (lBar - 50) ** 2);
  const sc = 1 + 0.045 * cMean;
  const sh = 1 + 0.015 * cMean * t;
  const turn = 30 * Math.exp(-(((hBar - 275) / 25) ** 2));
  const rt = -2 * Math.sqrt(cMean ** 7 / (cMean ** 7 + 25 ** 7)) * Math.sin(2 * turn * rad);
  const [dl, dc, dh] = [(l2 - l1) / sl, (c2 - c1) / sc, dH / sh];
  return Math.sqrt(dl * dl + dc * dc + dh * dh + rt * dc * dh);
}

const BRETTEL_NORMAL: Triple = [0.03901, -0.02788, -0.01113];
const SIGHTS: Record<string, (rgb: Triple) => Triple> = {
  'normal sight': (rgb) => rgb,
  // Machado, Oliveira, Fernandes 2009, severity 1, on linear RGB.
  'protanopia, Machado': (rgb) =>
    times(
      [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
      ],
      rgb,
    ),
  'deuteranopia, Machado': (rgb) =>
    times(
      [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.01182, 0.04294, 0.968881],
      ],
      rgb,
    ),
  'tritanopia, Machado': (rgb) =>
    times(
      [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.3039],
      ],
      rgb,
    ),
  // Viénot, Brettel, Mollon 1999.
  'protanopia, Viénot': (rgb) =>
    times(
      [
        [0.11238, 0.88762, 0],
        [0.11238, 0.88762, 0],
        [0.00401, -0.00401, 1],
      ],
      rgb,
    ),
  'deuteranopia, Viénot': (rgb) =>
    times(
      [
        [0.29275, 0.70725, 0],
        [0.29275, 0.70725, 0],
        [-0.02234, 0.02234, 1],
      ],
      rgb,
    ),
  // Brettel, Viénot, Mollon 1997: two half-planes.
  'tritanopia, Brettel': (rgb) =>
    BRETTEL_NORMAL[0] * rgb[0] + BRETTEL_NORMAL[1] * rgb[1] + BRETTEL_NORMAL[2] * rgb[2] >= 0
      ? times(
          [
            [1.01277, 0.13548, -0.14826],
            [-0.01243, 0.86812, 0.14431],
            [0.07589, 0.805, 0.11911],
          ],
          rgb,
        )
      : times(
          [
            [0.93678, 0.18979, -0.12657],
            [0.06154, 0.81526, 0.1232],
            [-0.37562, 1.12767, 0.24796],
          ],
          rgb,
        ),
};

/** The smallest distance between any two colours under any sight, and which pair it is. */
function closest(colors: readonly Triple[]): { distance: number; pair: string } {
  let found = { distance: Number.POSITIVE_INFINITY, pair: '' };
  for (const [name, sight] of Object.entries(SIGHTS)) {
    const seen = colors.map((color) => lab(clamp(sight(linear(color)))));
    for (let i = 0; i < seen.length; i++)
      for (let j = i + 1; j < seen.length; j++) {
        const distance = deltaE(seen[i]!, seen[j]!);
        if (distance < found.distance) found = { distance, pair: `s${i + 1} and s${j + 1} with ${name}` };
      }
  }
  return found;
}

test('CIEDE2000 as published: pairs 1, 4, 17 and 25 of its authors’ table', () => {
  expect(deltaE([50, 2.6772, -79.7751], [50, 0, -82.7485])).toBeCloseTo(2.0425, 4);
  expect(deltaE([50, -1.3802, -84.2814], [50, 0, -82.7485])).toBeCloseTo(1.0, 4);
  expect(deltaE([50, 2.5, 0], [73, 25, -18])).toBeCloseTo(27.1492, 4);
  expect(deltaE([60.2574, -34.0099, 36.2677], [60.4626, -34.1751, 39.4387])).toBeCloseTo(1.2644, 4);
});

describe.each(['light', 'dark'] as const)('%s', (theme) => {
  const values = tokens(theme);
  const color = (name: string): Triple => hex(values.get(name) ?? 'missing');
  const series = Array.from({ length: 12 }, (_, i) => color(`--s${i + 1}`));

  test('twelve series colours differ for every sight', () => {
    const { distance, pair } = closest(series);
    expect(distance, pair).toBeGreaterThanOrEqual(theme === 'light' ? 9 : 11);
  });
  test('the first ten differ by more', () => {
    const { distance, pair } = closest(series.slice(0, 10));
    expect(distance, pair).toBeGreaterThanOrEqual(10.95);
  });
  test('a line stands out from the card and from a hovered row', () => {
    for (const [index, line] of series.entries())
      for (const under of ['--surface', '--surface-2'])
        expect(contrast(linear(line), linear(color(under))), `s${index + 1} on ${under}`).toBeGreaterThanOrEqual(3);
  });
  test('text keeps its contrast on every surface it stands on', () => {
    const plain = ['--text', '--text-2', '--text-3', '--accent', '--mark'].flatMap((ink) =>
      ['--surface', '--surface-2', '--bg'].map((under) => [ink, under] as const),
    );
    const states = ['running', 'finished', 'warn', 'failed', 'pruned', 'muted'].flatMap((state) =>
      [`--${state}-bg`, '--surface', '--surface-2', '--selected'].map((under) => [`--${state}`, under] as const),
    );
    const others = [
      ['--on-accent', '--accent'],
      ['--text', '--add-bg'],
      ['--text', '--del-bg'],
      ['--accent', '--selected'],
    ] as const;
    for (const [ink, under] of [...plain, ...states, ...others])
      expect(contrast(linear(color(ink)), linear(color(under))), `${ink} on ${under}`).toBeGreaterThanOrEqual(4.5);
    expect(contrast(linear(color('--line-control')), linear(color('--surface')))).toBeGreaterThanOrEqual(3);
  });
});
