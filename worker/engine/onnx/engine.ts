import { availableParallelism } from 'node:os';
import type { CompileOptions, Engine } from '../engine.ts';
import { freeze } from '../freeze.ts';
import { initialWeights } from '../initial-weights.ts';
import { blockSize } from './block-size.ts';
import type { DeviceConvolution } from './blocks.ts';
import { plan } from './plan.ts';
import { OnnxSession } from './session.ts';

interface OnnxEngineOptions {
  /** False keeps to the plain lowerings: slower, and the reference that tests compare the fast ones with. */
  fast?: boolean;
  /** Into how many parts batches are cut; by default the net and the batch size decide. */
  parts?: 1 | 2;
  /** How 3×3 convolutions are done on a GPU. */
  deviceConvolution?: DeviceConvolution;
}

/** The default engine: the whole training step as one ONNX graph, run by ONNX Runtime. */
export function createOnnxEngine({ fast = true, parts, deviceConvolution }: OnnxEngineOptions = {}): Engine {
  return {
    name: 'onnx',
    async compile(options: CompileOptions) {
      const provider = options.device === 'auto' ? 'cpu' : options.device;
      const layers = freeze(options);
      const initial = initialWeights(plan(layers, options.input).parameters, options);
      const threads = options.threads ?? availableParallelism();
      const chosen = { ...(parts ? { parts } : {}), ...(deviceConvolution ? { deviceConvolution } : {}) };
      const block = fast && provider === 'cpu' ? await blockSize() : 1;
      return new OnnxSession({ ...options, layers, threads, fast, provider, block, ...chosen }, initial).open();
    },
  };
}
