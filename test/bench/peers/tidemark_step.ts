// Our own step, in a process like the ones the worker trains in. Reads `step N` or `forward N` lines, answers milliseconds.
import { createInterface } from 'node:readline';
import { lossOf } from '@tidemark/training/config/loss';
import { OptimizerConfig } from '@tidemark/training/config/optimizer';
import { PRESETS } from '@tidemark/training/presets/index';
import { createOnnxEngine } from '@tidemark/worker/engine/onnx/engine';

const [size, count] = process.argv.slice(2).map(Number) as [number, number];
const session = await createOnnxEngine().compile({
  layers: PRESETS['convnet-dropout'](),
  input: [size, size, 3],
  batchSize: count,
  loss: lossOf('binary_crossentropy'),
  optimizer: OptimizerConfig.parse({ name: 'RMSprop' }),
  seed: 1,
  device: 'cpu',
});
const images = Float32Array.from({ length: count * size * size * 3 }, (_, i) => ((i * 7919) % 256) / 255);
const batch = { images, labels: Float32Array.from({ length: count }, (_, i) => i % 2), count };

async function run(what: string | undefined): Promise<number> {
  const start = performance.now();
  await (what === 'step' ? session.step(batch, { learningRate: 1e-3 }) : session.evaluate(batch));
  return performance.now() - start;
}

// The first passes fill the allocator's arenas.
for (const what of ['step', 'step', 'step', 'forward']) await run(what);
console.log(JSON.stringify({ name: 'tidemark onnx', note: session.device.description }));
for await (const line of createInterface({ input: process.stdin })) {
  const [what, passes] = line.split(' ');
  const times: number[] = [];
  for (let i = 0; i < Number(passes); i++) times.push(await run(what));
  console.log(JSON.stringify(times));
}
await session.dispose();
