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

const PACKAGE = '@tensorflow/tfjs-node';

/** Loads the optional package; its native part comes from a download that may have been refused at installation. */
export async function openTfjsEngine(): Promise<Engine> {
  let tf: TensorFlow;
  try {
    const name: string = PACKAGE; // a variable: the package, and with it its types, may be missing
    tf = await import(name);
  } catch (cause) {
    throw new Error(
      `The tfjs engine needs the optional package ${PACKAGE}, which is missing or has no binary for this machine. ` +
        'Use the onnx engine, or reinstall where its download is allowed.',
      { cause },
    );
  }
  return createTfjsEngine(tf);
}
