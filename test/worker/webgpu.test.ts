import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { useSoftwareVulkan } from '../engine/software-vulkan.ts';
import { makeImages } from '../faults/images.ts';
import { checkpoints, createTrainer, report, steps } from './train-harness.ts';

// A GPU made of software has the cores that everything else has.
vi.setConfig({ testTimeout: 120_000 });
const vulkan = useSoftwareVulkan();
const { folder, train, failure, remove } = createTrainer('tidemark-webgpu-');
beforeAll(() => makeImages(join(folder, 'images'), { train: 14, test: 4 }, 16));
afterAll(remove);

const config = {
  data: { path: 'images', test: 'test', image_size: [16, 16], batch_size: 2, validation_split: 0.3 },
  model: {
    layers: [
      { type: 'Conv2D', filters: 4, kernel_size: 3, activation: 'relu' },
      { type: 'MaxPooling2D' },
      { type: 'Flatten' },
      { type: 'Dense', units: 1, activation: 'sigmoid' },
    ],
  },
  optimizer: { name: 'SGD', learning_rate: { schedule: 'cosine' } },
  metrics: ['auc'],
  epochs: 2,
  seed: 3,
}; // 10 steps an epoch: a group that is read together ends within it

describe.runIf('driver' in vulkan)(`a run on WebGPU${'missing' in vulkan ? `: ${vulkan.missing}` : ''}`, () => {
  test('logs what one on the CPU logs, every step once and in order, killed and resumed too', async () => {
    const [gpu, cpu] = [await train({ name: 'gpu', config, device: 'webgpu' }), await train({ name: 'cpu', config })];
    expect(gpu.of('device')[0]!.description).toMatch(/WebGPU/);
    for (const key of ['batch/loss', 'batch/learning_rate', 'loss', 'val_loss', 'test/loss']) {
      const [a, b] = [steps(gpu, key), steps(cpu, key)];
      expect(
        a.map(([step]) => step),
        key,
      ).toEqual(b.map(([step]) => step));
      a.forEach(([step, value], i) => {
        expect(value, `${key} of step ${step}`).toBeCloseTo(b[i]![1], 4);
      });
    }
    expect(report(gpu).images).toBe(8);
    const stopped = await train({
      name: 'killed',
      config,
      device: 'webgpu',
      stopWhen: (message) => (message.type === 'progress' && message.progress.step >= 5 ? 'drain' : null),
    });
    const list = checkpoints(stopped);
    const done = steps(stopped, 'batch/loss').length;
    expect(list[0]!.step).toBe(done);
    const rest = await train({ name: 'killed', config, device: 'webgpu', resume: { step: done, checkpoints: list } });
    const both = [...steps(stopped, 'batch/loss'), ...steps(rest, 'batch/loss')];
    expect(both.map(([step]) => step)).toEqual(steps(gpu, 'batch/loss').map(([step]) => step));
    expect(steps(rest, 'val_loss').at(-1)![1]).toBeCloseTo(steps(gpu, 'val_loss').at(-1)![1], 4);
  });

  test('that diverges is told with the step it was, though later ones were under way', async () => {
    const optimizer = { name: 'SGD', learning_rate: { schedule: 'step', values: [1e-3, 1e30], boundaries: [2] } };
    const error = await failure({ name: 'diverged', config: { ...config, optimizer }, device: 'webgpu' });
    expect(error.code).toBe('diverged');
    expect(error.message).toMatch(/ at step [56] \(epoch 1\)/);
  });
});
