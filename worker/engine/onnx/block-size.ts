import * as ort from 'onnxruntime-node';
import { Graph } from './graph.ts';
import { planes } from './planes.ts';

const CHANNELS = 4;

async function probe(): Promise<number> {
  // Any block will do to build the graph: the answer is how far its channels are filled up.
  const g = new Graph('cpu', CHANNELS);
  g.output('planes', planes(g, g.input('x', [1, 1, CHANNELS]), [1, 1], CHANNELS), [1, 'channels', 1, 1]);
  try {
    const session = await ort.InferenceSession.create(g.model(), {
      executionProviders: ['cpu'],
      graphOptimizationLevel: 'disabled',
      logSeverityLevel: 4,
    });
    const x = new ort.Tensor('float32', new Float32Array(CHANNELS), [1, 1, CHANNELS]);
    const { planes: result } = await session.run({ x });
    await session.release();
    return result!.dims[1]!;
  } catch {
    return 1;
  }
}

let known: Promise<number> | undefined;

/**
 * Channels in a block of ONNX Runtime's blocked convolutions: 16 with AVX-512, 8 with AVX2, 1 where it has none. It is a
 * fact of the processor, so it is the same each time on one machine.
 */
export function blockSize(): Promise<number> {
  known ??= probe();
  return known;
}
