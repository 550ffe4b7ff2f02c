import { expect, test, vi } from 'vitest';
import { bytesImage } from './images.ts';

test('where a policy forbids compiling, the portable kernel gives the same bytes', async () => {
  const image = bytesImage([14, 11, 3]);
  const once = async () => {
    vi.resetModules();
    const { augment, IDENTITY } = await import('@tidemark/training/augment/index');
    const { simdKernel } = await import('@tidemark/training/augment/simd');
    const draw = { ...IDENTITY, theta: 20, zx: 1.3, tx: 2.4, flip_horizontal: true };
    const plain = augment(image, 14, 11, 3, { fill_mode: 'reflect', cval: 0 }, draw);
    const bright = augment(image, 14, 11, 3, { fill_mode: 'wrap', cval: 0 }, { ...draw, brightness: 1.2 });
    return { plain, bright, simd: simdKernel(1, 1, 1, false) !== null };
  };
  const fast = await once();
  expect(fast.simd).toBe(true);
  const forbidden = () => {
    throw new EvalError('Wasm code generation disallowed by embedder');
  };
  vi.stubGlobal('WebAssembly', { Module: forbidden, Instance: forbidden });
  try {
    const portable = await once();
    expect(portable).toEqual({ ...fast, simd: false });
  } finally {
    vi.unstubAllGlobals();
  }
});
