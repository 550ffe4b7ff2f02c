import { SPAN_MODES, type SpanMode } from './span.ts';

// The SIMD kernel's WebAssembly, assembled here, so that it needs no build step and no file. In the listings a local's name
// pushes it, `=name` stores into it, and all else is an instruction of WebAssembly's text format.

const PARAMETERS = [
  'src',
  'out',
  'end_of_span',
  'stride',
  'pixel',
  'end_of_weights',
  'y',
  'x',
  'dy',
  'dx',
  'first',
  'step',
  'rows',
  'columns',
];
const INTEGER_PARAMETERS = 6;
const VECTORS = [
  'base',
  'delta',
  'last',
  'period',
  'zero',
  'one',
  'two52',
  'c',
  'forward',
  'at',
  'whole',
  's',
  't',
  'a',
  'b',
  'a2',
  'b2',
];
const INTEGERS = ['p', 'q'];
const LOCALS = [...PARAMETERS, ...VECTORS, ...INTEGERS];
const [I32, F64, V128] = [0x7f, 0x7c, 0x7b];

const unsigned = (n: number): number[] => (n < 128 ? [n] : [(n & 127) | 128, ...unsigned(n >>> 7)]);
const sized = (body: readonly number[]): number[] => [...unsigned(body.length), ...body];
const vector = (items: readonly number[][]): number[] => [...unsigned(items.length), ...items.flat()];
const text = (name: string): number[] => sized([...name].map((letter) => letter.charCodeAt(0)));
const constant = (value: number): number[] => [0x44, ...new Uint8Array(new Float64Array([value]).buffer)];
const broadcast = (lane: number, bytes = 4): number[] => [
  0xfd,
  0x0d,
  ...Array.from({ length: 16 }, (_, i) => bytes * lane + (i % bytes)),
];

const INSTRUCTIONS: Record<string, readonly number[]> = {
  'i32.add': [0x6a],
  'i32.mul': [0x6c],
  'i32.lt_u': [0x49],
  'i32.4': [0x41, 4],
  'i32.16': [0x41, 16],
  loop: [0x03, 0x40],
  br_if_0: [0x0d, 0],
  end: [0x0b],
  'f64.0': constant(0),
  'f64.1': constant(1),
  'f64.2^52': constant(2 ** 52),
  'v128.load': [0xfd, 0x00, 0, 0],
  'v128.load32_splat': [0xfd, 0x09, 0, 0],
  'v128.load64_zero': [0xfd, 0x5d, 0, 0],
  'v128.load64_zero_8': [0xfd, 0x5d, 0, 8],
  'v128.store': [0xfd, 0x0b, 0, 0],
  'v128.and': [0xfd, 0x4e],
  'v128.or': [0xfd, 0x50],
  'v128.bitselect': [0xfd, 0x52],
  'f64x2.splat': [0xfd, 0x14],
  'f64x2.replace_lane_1': [0xfd, 0x22, 1],
  'f64x2.lt': [0xfd, 0x49],
  'f64x2.gt': [0xfd, 0x4a],
  'f64x2.floor': [0xfd, 0x75],
  'f64x2.trunc': [0xfd, 0x7a],
  'f64x2.add': [0xfd, 0xf0, 1],
  'f64x2.sub': [0xfd, 0xf1, 1],
  'f64x2.mul': [0xfd, 0xf2, 1],
  'f64x2.div': [0xfd, 0xf3, 1],
  'f64x2.pmin': [0xfd, 0xf6, 1],
  'f64x2.pmax': [0xfd, 0xf7, 1],
  'i32x4.extract_lane_0': [0xfd, 0x1b, 0],
  'i32x4.extract_lane_2': [0xfd, 0x1b, 2],
  'f32x4.demote_f64x2_zero': [0xfd, 0x5e],
  'f64x2.promote_low_f32x4': [0xfd, 0x5f],
  'f64x2.broadcast_0': broadcast(0, 8),
  'f64x2.broadcast_1': broadcast(1, 8),
  'i64x2.low_halves': [0xfd, 0x0d, ...Array.from({ length: 16 }, (_, i) => (i < 8 ? i : i + 8))],
  'f32x4.broadcast_0': broadcast(0),
  'f32x4.broadcast_1': broadcast(1),
  'f32x4.add': [0xfd, 0xe4, 1],
  'f32x4.sub': [0xfd, 0xe5, 1],
  'f32x4.mul': [0xfd, 0xe6, 1],
};

function assemble(listing: string): number[] {
  const words = listing.split(/\s+/).filter(Boolean);
  return words.flatMap((word) => {
    const stores = word.startsWith('=');
    const local = LOCALS.indexOf(stores ? word.slice(1) : word);
    if (local >= 0) return [stores ? 0x21 : 0x20, ...unsigned(local)];
    const code = INSTRUCTIONS[word];
    if (!code) throw new Error(`no such instruction: ${word}`);
    return [...code];
  });
}

/** What a mode makes of the coordinates in `at` (row, column), before they are clamped; span.ts says the same in plain words. */
const MAPPINGS: Record<SpanMode, string> = {
  nearest: '',
  reflect: `
    at  period  at period f64x2.div f64x2.floor  f64x2.mul f64x2.sub =at
    at  period one f64x2.sub at f64x2.sub  f64x2.pmin =at`,
  wrap: `
    at  period  at period f64x2.div f64x2.trunc  at zero f64x2.lt one v128.and f64x2.sub  f64x2.mul f64x2.sub
    at
    at zero f64x2.lt  at period f64x2.gt  v128.or
    v128.bitselect =at`,
};
const PERIODS: Record<SpanMode, string> = {
  nearest: 'last =period',
  wrap: 'last =period',
  reflect: 'last one f64x2.add =period  period period f64x2.add =period',
};

/** From the fractions and the two rows' addresses to the pixel; the fourth lane is another pixel's, and overwritten by it. */
const SINGLE = `
    at whole f64x2.sub f32x4.demote_f64x2_zero =t
    t t f32x4.broadcast_0 =s
    t t f32x4.broadcast_1 =t
    p v128.load =b
    b  q v128.load b f32x4.sub  s f32x4.mul  f32x4.add =a
    p pixel i32.add v128.load =b
    b  q pixel i32.add v128.load b f32x4.sub  s f32x4.mul  f32x4.add =b
    out  a  b a f32x4.sub  t f32x4.mul  f32x4.add  v128.store`;

/** The same in float64: the channels in two halves. */
const half = (load: string, a: string, b: string): string => `
    p ${load} f64x2.promote_low_f32x4 =${b}
    ${b}  q ${load} f64x2.promote_low_f32x4 ${b} f64x2.sub  s f64x2.mul  f64x2.add =${a}
    p pixel i32.add ${load} f64x2.promote_low_f32x4 =${b}
    ${b}  q pixel i32.add ${load} f64x2.promote_low_f32x4 ${b} f64x2.sub  s f64x2.mul  f64x2.add =${b}
    ${a}  ${b} ${a} f64x2.sub  t f64x2.mul  f64x2.add  f32x4.demote_f64x2_zero =${a}`;
const DOUBLE = `
    at whole f64x2.sub =t
    t t f64x2.broadcast_0 =s
    t t f64x2.broadcast_1 =t
    ${half('v128.load64_zero', 'a', 'b')}
    ${half('v128.load64_zero_8', 'a2', 'b2')}
    out  a a2 i64x2.low_halves  v128.store`;

const body = (mode: SpanMode, precise: boolean): string => `
  y f64x2.splat x f64x2.replace_lane_1 =base
  dy f64x2.splat dx f64x2.replace_lane_1 =delta
  rows f64x2.splat columns f64x2.replace_lane_1 =last
  f64.0 f64x2.splat =zero
  f64.1 f64x2.splat =one
  f64.2^52 f64x2.splat =two52
  first f64x2.splat =c
  step f64x2.splat =forward
  ${PERIODS[mode]}
  loop
    base  c delta f64x2.mul  f64x2.add =at
    ${MAPPINGS[mode]}
    last  zero at f64x2.pmax  f64x2.pmin =at
    at f64x2.floor =whole

    whole two52 f64x2.add =s
    src  s i32x4.extract_lane_0 stride i32.mul  i32.add
    s i32x4.extract_lane_2 pixel i32.mul  i32.add =p
    p stride i32.add =q
    ${precise ? DOUBLE : SINGLE}

    c forward f64x2.add =c
    out pixel i32.add =out
    out end_of_span i32.lt_u br_if_0
  end
  end`;

/** Four numbers a turn: the weights, from `stride` on, times what stands `pixel` bytes apart from each other. */
const TAPS = `
  f64.0 f64x2.splat =zero
  loop
    zero =a
    src =p
    stride =q
    loop
      a  p v128.load  q v128.load32_splat  f32x4.mul  f32x4.add =a
      p pixel i32.add =p
      q i32.4 i32.add =q
      q end_of_weights i32.lt_u br_if_0
    end
    out a v128.store
    src i32.16 i32.add =src
    out i32.16 i32.add =out
    out end_of_span i32.lt_u br_if_0
  end
  end`;

const section = (id: number, content: readonly number[]): number[] => [id, ...sized(content)];

export type SimdName = `${SpanMode}${'' | ' precise'}` | 'taps';
export const simdName = (mode: SpanMode, precise: boolean): SimdName => (precise ? `${mode} precise` : mode);

/**
 * A module that exports `memory` and a function for each `simdName`: (source address, output address, its end, bytes
 * a row, bytes a pixel, 0, y, x, dy, dx, first, step, last row, last column); each fills at least one pixel. And `taps`: (source
 * address, output address, its end, the weights' address, bytes from tap to tap, the weights' end, …): output[i] = Σ weight[k] ·
 * source[i + k · step] for at least four numbers.
 */
export function simdModule(): Uint8Array<ArrayBuffer> {
  const signature = [0x60, ...vector(PARAMETERS.map((_, i) => [i < INTEGER_PARAMETERS ? I32 : F64])), 0];
  const locals = vector([
    [VECTORS.length, V128],
    [INTEGERS.length, I32],
  ]);
  const kinds = SPAN_MODES.flatMap((mode) => [false, true].map((precise) => ({ mode, precise })));
  const listings = [
    ...kinds.map(({ mode, precise }) => ({ name: simdName(mode, precise), listing: body(mode, precise) })),
    { name: 'taps', listing: TAPS },
  ];
  const functions = listings.map(({ listing }) => sized([...locals, ...assemble(listing)]));
  const exported = listings.map(({ name }, i) => [...text(name), 0, i]);
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, vector([signature])),
    ...section(3, vector(functions.map(() => [0]))),
    ...section(5, vector([[0, 1]])),
    ...section(7, vector([[...text('memory'), 2, 0], ...exported])),
    ...section(10, vector(functions)),
  ]);
}
