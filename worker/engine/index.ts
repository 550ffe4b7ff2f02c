import type { Engine } from './engine.ts';

export type EngineName = Engine['name'];

/**
 * Opens an engine by name. `onnx` is the default and always there; `tfjs` needs the optional package
 * `@tensorflow/tfjs-node`, and says so when it is missing.
 */
export async function openEngine(name: EngineName = 'onnx'): Promise<Engine> {
  if (name === 'onnx') return (await import('./onnx/engine.ts')).createOnnxEngine();
  return (await import('./tfjs/engine.ts')).openTfjsEngine();
}
