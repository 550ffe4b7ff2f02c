import { availableParallelism } from 'node:os';
import type { CompileOptions, Engine } from '../engine.ts';
import { freeze } from '../freeze.ts';
import { initialWeights } from '../initial-weights.ts';
import { plan } from './plan.ts';
import { OnnxSession } from './session.ts';

interface OnnxEngineOptions {
  /** False keeps to the plain lowerings: slower, and the reference that tests compare the fast ones with. */
  fast?: boolean;
  /** Into how many parts batches are cut; by default the net and the batch size decide. */
  parts?: 1 | 2;
}

/** The default engine: the whole training step as one ONNX graph, run by ONNX Runtime. */
export function createOnnxEngine({ fast = true, parts }: OnnxEngineOptions = {}): Engine {
  return {
    name: 'onnx',
    async compile(options: CompileOptions) {
      if (options.device === 'webgpu' || options.device === 'cuda') {
        throw new Error(
          `The onnx engine does not run on ${options.device} yet: set device to "cpu" or "auto" in the run's config.`,
        );
      }
      const layers = freeze(options);
      const initial = initialWeights(plan(layers, options.input).parameters, options);
      const threads = options.threads ?? availableParallelism();
      return new OnnxSession({ ...options, layers, threads, fast, ...(parts ? { parts } : {}) }, initial).open();
    },
  };
}
