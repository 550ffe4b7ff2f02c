import { lossOf } from '@tidemark/training/config/loss';
import { OptimizerConfig } from '@tidemark/training/config/optimizer';
import { LayerSpec } from '@tidemark/training/layers/spec';
import type { Engine } from '../engine/engine.ts';

/** One step of a tiny net: libraries are loaded, thread pools started and code is compiled before the first run needs them. */
export async function warmUp(engine: Engine): Promise<void> {
  const side = 16;
  const session = await engine.compile({
    layers: [
      { type: 'Conv2D', filters: 8, kernel_size: 3, activation: 'relu' },
      { type: 'MaxPooling2D' },
      { type: 'Flatten' },
      { type: 'Dense', units: 1, activation: 'sigmoid' },
    ].map((layer) => LayerSpec.parse(layer)),
    input: [side, side, 3],
    batchSize: 2,
    loss: lossOf('binary_crossentropy'),
    optimizer: OptimizerConfig.parse({ name: 'RMSprop' }),
    seed: 1,
    device: 'cpu',
  });
  const images = new Float32Array(2 * side * side * 3);
  await session.step({ images, labels: Float32Array.of(0, 1), count: 2 }, { learningRate: 1e-3 });
  await session.dispose();
}
