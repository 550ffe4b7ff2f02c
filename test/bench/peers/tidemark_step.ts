// Our own step, in a process like the ones the worker trains in. See ../train/stepper.ts for what it is given and answers.
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { lossOf } from '@tidemark/training/config/loss';
import { OptimizerConfig } from '@tidemark/training/config/optimizer';
import { createOnnxEngine } from '@tidemark/worker/engine/onnx/engine';
import type { Net } from '../train/net.ts';

const net: Net = JSON.parse(readFileSync(process.argv[2]!, 'utf8')); // ../train.ts wrote it
const { size, batch: count } = net;
const session = await createOnnxEngine().compile({
  layers: net.layers,
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
const { tensors } = await session.state();
const parameters = Object.entries(tensors)
  .filter(([name]) => !name.endsWith('/rms'))
  .reduce((sum, [, { data }]) => sum + data.length, 0);
console.log(JSON.stringify({ name: 'tidemark onnx', note: session.device.description, parameters }));
for await (const line of createInterface({ input: process.stdin })) {
  const [what, passes] = line.split(' ');
  const numbers: number[] = [];
  if (what === 'memory') numbers.push(process.resourceUsage().maxRSS / 1024);
  else for (let i = 0; i < Number(passes); i++) numbers.push(await run(what));
  console.log(JSON.stringify(numbers));
}
await session.dispose();
