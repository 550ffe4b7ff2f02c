import type { CompileOptions, Engine } from '../engine.ts';
import { freeze } from '../freeze.ts';
import { TfjsSession } from './session.ts';
import type { TensorFlow } from './tensorflow.ts';

/** The same layers on a TensorFlow.js that the caller has loaded. */
export function createTfjsEngine(tf: TensorFlow): Engine {
  return {
    name: 'tfjs',
    async compile(options: CompileOptions) {
      if (options.device === 'webgpu' || options.device === 'cuda') {
        throw new Error(
          `The tfjs engine runs on the CPU only: set device to "cpu" or "auto", not "${options.device}".`,
        );
      }
      return new TfjsSession(tf, { ...options, layers: freeze(options) });
    },
  };
}

/** The first that loads is taken: TensorFlow's own kernels, else plain JavaScript. */
const PACKAGES = ['@tensorflow/tfjs-node', '@tensorflow/tfjs'];

type Loaded = TensorFlow & { ready?(): Promise<void> };

async function load(name: string): Promise<TensorFlow> {
  // The plain package is CommonJS, whose exports Node may not see by name.
  const module: Partial<Loaded> & { default?: Loaded } = await import(name);
  const tf = module.getBackend ? (module as Loaded) : module.default!;
  await tf.ready?.();
  return tf;
}

/**
 * Loads TensorFlow.js: the module that TIDEMARK_TFJS names, or one of the optional packages. The native one's binary comes
 * from a download that may have been refused at installation. The session's device says which backend it runs on.
 */
export async function openTfjsEngine(): Promise<Engine> {
  const named = process.env.TIDEMARK_TFJS;
  const failures: unknown[] = [];
  for (const name of named ? [named] : PACKAGES) {
    try {
      return createTfjsEngine(await load(name));
    } catch (error) {
      failures.push(error);
    }
  }
  throw new Error(
    named
      ? `TIDEMARK_TFJS names ${named}, which does not load.`
      : `The tfjs engine needs the optional package ${PACKAGES[0]}, which is missing or has no binary for this machine, or ${PACKAGES[1]}, ` +
          'which is slow and needs none. Use the onnx engine, or install one of them.',
    { cause: failures.at(-1) },
  );
}
