import { type SimdName, simdModule, simdName } from './simd-code.ts';
import type { Kernel } from './span.ts';

// The bilinear kernel as 128-bit SIMD: one vector holds a pixel's channels, so a pixel is four loads and three lerps. It does
// what span.ts does, to the byte; where a page's or a runtime's policy forbids compiling, span.ts does it.

/** Source and target in the kernel's own memory, which the next call for a kernel reuses. */
export interface SimdKernel extends Kernel {
  source: Float32Array;
  /** Multiplies the target, as float32. */
  multiply(factor: number): void;
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

/** The kernel, with room for so many bytes, or null where it cannot run. */
function withRoom(bytes: number): Instance | null {
  if (instance === undefined) instance = instantiate();
  if (!instance || bytes > MOST_BYTES) return null;
  const missing = bytes - instance.memory.buffer.byteLength;
  if (missing > 0) instance.memory.grow(Math.ceil(missing / PAGE));
  return instance;
}

/** The kernel with room for an image, or null where it cannot run or the image has more than four channels. */
export function simdKernel(rows: number, columns: number, channels: number, precise: boolean): SimdKernel | null {
  const stride = columns * channels;
  const size = rows * stride;
  // A weight of 0 still multiplies what stands below and beside the last pixel, which must therefore be finite: one more row.
  const padded = Math.ceil((size + stride + channels + 4) / 4) * 4;
  const weight = padded * 8;
  const kernel = channels > 4 ? null : withRoom(weight + 4);
  if (!kernel) return null;
  const { buffer } = kernel.memory;
  const source = new Float32Array(buffer, 0, size);
  new Float32Array(buffer, size * 4, padded - size).fill(0);
  const target = new Float32Array(buffer, padded * 4, size);
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
        0,
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
    multiply: (factor) => {
      new Float32Array(buffer, weight, 1)[0] = factor;
      const at = padded * 4;
      kernel.taps(at, at, at + size * 4, weight, 0, weight + 4, 0, 0, 0, 0, 0, 0, 0, 0);
    },
  };
}

/** Memory for `taps`: filled by the caller, read by it. */
export interface SimdTaps {
  source: Float32Array;
  target: Float32Array;
  /** target[i] = Σ weights[k] · source[i + k · step] for i < count, in float32 and in the order of k. */
  run(count: number, step: number, weights: Float32Array): void;
}

/** The same module's sums of shifted numbers, or null where it cannot run. @param size of source and target, in numbers */
export function simdTaps(size: number, weights: number): SimdTaps | null {
  const padded = Math.ceil((size + 4) / 4) * 4;
  const weightsAt = padded * 8;
  const kernel = withRoom(weightsAt + weights * 4);
  if (!kernel) return null;
  const { buffer } = kernel.memory;
  return {
    source: new Float32Array(buffer, 0, size),
    target: new Float32Array(buffer, padded * 4, size),
    run: (count, step, values) => {
      new Float32Array(buffer, weightsAt, weights).set(values);
      const [out, end] = [padded * 4, weightsAt + values.length * 4];
      kernel.taps(0, out, out + count * 4, weightsAt, step * 4, end, 0, 0, 0, 0, 0, 0, 0, 0);
    },
  };
}
