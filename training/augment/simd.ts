import { type SimdName, simdModule, simdName } from './simd-code.ts';
import type { Kernel } from './span.ts';

// The bilinear kernel as 128-bit SIMD: one vector holds a pixel's channels, so a pixel is four loads and three lerps. It does
// what span.ts does, to the byte; where a page's or a runtime's policy forbids compiling, span.ts does it.

/** Source and target in the kernel's own memory, which the next call for a kernel reuses. */
export interface SimdKernel extends Kernel {
  source: Float32Array;
}

type Instance = Record<SimdName, (...parameters: number[]) => void> & {
  memory: { buffer: ArrayBuffer; grow(pages: number): number };
};

/** The part of WebAssembly that is used; every runtime has it, but Node's types leave it out. */
interface Compiler {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object) => { exports: unknown };
}

function instantiate(): Instance | null {
  const { WebAssembly } = globalThis as unknown as { WebAssembly: Compiler };
  try {
    // The module's doc comment says that it exports exactly these.
    return new WebAssembly.Instance(new WebAssembly.Module(simdModule())).exports as Instance;
  } catch {
    return null;
  }
}

let instance: Instance | null | undefined;
const PAGE = 65_536;
/** 2 GiB, where signed addresses end. */
const MOST_BYTES = 2 ** 31;

/** The kernel with room for an image, or null where it cannot run or the image has more than four channels. */
export function simdKernel(rows: number, columns: number, channels: number, precise: boolean): SimdKernel | null {
  if (instance === undefined) instance = instantiate();
  if (!instance || channels > 4) return null;
  const kernel = instance;
  const { memory } = kernel;
  const stride = columns * channels;
  const size = rows * stride;
  // A weight of 0 still multiplies what stands below and beside the last pixel, which must therefore be finite: one more row.
  const padded = Math.ceil((size + stride + channels + 4) / 4) * 4;
  const needed = padded * 8;
  if (needed > MOST_BYTES) return null;
  const missing = needed - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
  const source = new Float32Array(memory.buffer, 0, size);
  new Float32Array(memory.buffer, size * 4, padded - size).fill(0);
  const target = new Float32Array(memory.buffer, padded * 4, size);
  return {
    source,
    target,
    sample: (at, { from, to, first, step, y, dy, x, dx }, mode) => {
      const out = (padded + at + from * channels) * 4;
      const end = out + (to - from) * channels * 4;
      const c = first + from * step;
      kernel[simdName(mode, precise)](
        0,
        out,
        end,
        stride * 4,
        channels * 4,
        y,
        x,
        dy,
        dx,
        c,
        step,
        rows - 1,
        columns - 1,
      );
    },
  };
}
