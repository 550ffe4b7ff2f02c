// Our own step, in a process like the ones the worker trains in. See ../train/stepper.ts for what it is given and answers.
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { lossOf } from '@tidemark/training/config/loss';
import { OptimizerConfig } from '@tidemark/training/config/optimizer';
import type { CompileOptions } from '@tidemark/worker/engine/engine';
import type { DeviceConvolution } from '@tidemark/worker/engine/onnx/blocks';
import { createOnnxEngine } from '@tidemark/worker/engine/onnx/engine';
import { openTfjsEngine } from '@tidemark/worker/engine/tfjs/engine';
import type { Net } from '../train/net.ts';

// TIDEMARK_DEVICE and TIDEMARK_DEVICE_CONVOLUTION choose a GPU, and how it does 3×3 convolutions.
const device = (process.env.TIDEMARK_DEVICE ?? 'cpu') as CompileOptions['device']; // ../train.ts checked it
const deviceConvolution = process.env.TIDEMARK_DEVICE_CONVOLUTION as DeviceConvolution | undefined; // ../train.ts set it
const net: Net = JSON.parse(readFileSync(process.argv[2]!, 'utf8')); // ../train.ts wrote it
const { size, batch: count } = net;
// TIDEMARK_ENGINE=tfjs: the second engine, as a peer of the first.
const tfjs = process.env.TIDEMARK_ENGINE === 'tfjs';
const engine = tfjs ? await openTfjsEngine() : createOnnxEngine(deviceConvolution ? { deviceConvolution } : {});
const session = await engine.compile({
  layers: net.layers,
  input: [size, size, 3],
  batchSize: count,
  loss: lossOf('binary_crossentropy'),
  optimizer: OptimizerConfig.parse({ name: 'RMSprop' }),
  seed: 1,
  device,
});
const images = Float32Array.from({ length: count * size * size * 3 }, (_, i) => ((i * 7919) % 256) / 255);
const batch = { images, labels: Float32Array.from({ length: count }, (_, i) => i % 2), count };

async function run(what: string | undefined): Promise<number> {
  const start = performance.now();
  await (what === 'step' ? session.step(batch, { learningRate: 1e-3 }) : session.evaluate(batch));
  return performance.now() - start;
}

/** Steps as the worker makes them on a GPU: sent one after the other, and read in groups. Milliseconds each. */
async function runGroup(passes: number): Promise<number[]> {
  const start = performance.now();
  const pending = [];
  for (let i = 0; i < passes; i++) pending.push(await session.submit(batch, { learningRate: 1e-3 }));
  for (const step of pending) await step.read();
  return new Array<number>(passes).fill((performance.now() - start) / passes);
}

// The first passes fill the allocator's arenas.
for (const what of ['step', 'step', 'step', 'forward']) await run(what);
const on = deviceConvolution ? ` ${deviceConvolution}` : '';
const { tensors } = await session.state();
const parameters = Object.entries(tensors)
  .filter(([name]) => !name.endsWith('/rms'))
  .reduce((sum, [, { data }]) => sum + data.length, 0);
console.log(JSON.stringify({ name: `tidemark ${engine.name}${on}`, note: session.device.description, parameters }));
for await (const line of createInterface({ input: process.stdin })) {
  const [what, passes] = line.split(' ');
  const numbers: number[] = [];
  if (what === 'memory') numbers.push(process.resourceUsage().maxRSS / 1024);
  else if (what === 'step' && device !== 'cpu') numbers.push(...(await runGroup(8)));
  else for (let i = 0; i < Number(passes); i++) numbers.push(await run(what));
  console.log(JSON.stringify(numbers));
}
await session.dispose();
