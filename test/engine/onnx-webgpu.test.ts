import type { CompileOptions, Engine } from '@tidemark/worker/engine/engine';
import { createOnnxEngine } from '@tidemark/worker/engine/onnx/engine';
import { Graph } from '@tidemark/worker/engine/onnx/graph';
import { openOnDevice } from '@tidemark/worker/engine/onnx/open-on-device';
import { openGraph } from '@tidemark/worker/engine/onnx/runner';
import { floats, tensor } from '@tidemark/worker/engine/onnx/tensors';
import { OutOfMemory, recogniseOutOfMemory } from '@tidemark/worker/engine/out-of-memory';
import { describe, expect, test, vi } from 'vitest';
import { cases } from './cases.ts';
import { conformance } from './conformance.ts';
import { uniforms } from './numbers.ts';
import { makeBatch, relativeError, scatter, withSession } from './setup.ts';
import { useSoftwareVulkan } from './software-vulkan.ts';
import { trainingConformance } from './training-conformance.ts';

/** An engine that compiles for a device whatever the options name. */
const on = (engine: Engine, device: CompileOptions['device']): Engine => ({
  ...engine,
  compile: (options) => engine.compile({ ...options, device }),
});

/** Every layer once, in nets that a GPU made of software can do in seconds. TIDEMARK_WEBGPU_CASES=all runs every net. */
const QUICK = [
  'Dense, softmax inside',
  'probabilities without logits, binary',
  'first convolution with pool',
  'plain convolutions: strides, kernels, paddings',
  'stride beyond the kernel',
  '1×1 convolutions',
  'maximum: rectangular, gaps, dropped rows',
  'average: valid, dropped rows',
  'softmax over channels inside',
  'dropout on features and on a map',
  'batch normalization on maps and features',
  'batch normalization that does not learn',
  'groups and dilation',
  'depthwise: strides, multiplier, bias',
  'transposed convolutions',
  'up-sampling, nearest and bilinear',
  'zero padding',
  'global maximum, pixels kept',
  'layer normalization',
  'spatial dropout',
  'activation gelu',
  'activation hard_swish',
  'a gate of each channel, and one the other way round',
  'branches joined along channels',
  'inverted residual',
  // Against Keras.
  'RMSprop',
  'strides and batch normalization',
  'overlapping pools and a normalized dense layer',
  'depthwise and separable',
  'layer, group and frozen normalization',
];
const all = process.env.TIDEMARK_WEBGPU_CASES === 'all';

// A GPU made of software has the cores that everything else has.
vi.setConfig({ testTimeout: 120_000 });
const vulkan = useSoftwareVulkan();
if ('missing' in vulkan) {
  describe('onnx on WebGPU', () => {
    test.skip(`conformance: ${vulkan.missing}`, () => {});
  });
} else {
  conformance('onnx on WebGPU', on(createOnnxEngine(), 'webgpu'), {
    exact: false,
    only: (name) => all || QUICK.includes(name),
  });

  const TRAINED = [
    'AdamW: all together',
    'Lion: all together',
    'RMSprop: clipnorm',
    'Huber',
    'categorical focal',
    'regularisers',
  ];
  trainingConformance('onnx on WebGPU', on(createOnnxEngine(), 'webgpu'), ({ name }) => all || TRAINED.includes(name));

  describe('a session on WebGPU', () => {
    const webgpu = on(createOnnxEngine(), 'webgpu');
    const net = cases['dropout on features and on a map']!;
    const size = net.batchSize ?? 3;

    test('steps that are read later are the steps that are read at once, however many wait', async () => {
      const steps = 18; // more than may wait
      const read = async (later: boolean) =>
        withSession(webgpu, net, async (session) => {
          await scatter(session);
          const pending = [];
          for (let i = 0; i < steps; i++) {
            pending.push(await session.submit(makeBatch(net, 1, size - (i % 2), i)));
            if (!later) await pending.at(-1)!.read();
          }
          const results = [];
          // The last first: order of reading is the reader's.
          for (const step of pending.toReversed()) results.unshift(await step.read());
          return { losses: results.map(({ loss }) => loss), state: await session.state() };
        });
      const [now, later] = [await read(false), await read(true)];
      expect(later.losses).toEqual(now.losses);
      expect(new Set(later.losses).size).toBe(steps);
      expect(later.state).toEqual(now.state);
    });

    test('a state goes from the GPU to the CPU and back, and training goes on from it', async () => {
      const cpu = createOnnxEngine();
      const half = await withSession(webgpu, net, async (session) => {
        for (let i = 0; i < 3; i++) await session.step(makeBatch(net, 1, size, i));
        return session.state();
      });
      const rest = async (engine: Engine) =>
        withSession(engine, net, async (session) => {
          await session.load(half);
          for (let i = 3; i < 6; i++) await session.step(makeBatch(net, 1, size, i));
          return session.state();
        });
      const [a, b] = [await rest(webgpu), await rest(cpu)];
      expect(a.step).toBe(6);
      for (const [name, { data }] of Object.entries(b.tensors)) {
        expect(relativeError(a.tensors[name]!.data, data, 0.1), name).toBeLessThan(2e-5);
      }
    });

    test('moving averages, accumulated gradients and the inference model are read from the GPU', async () => {
      const optimizer = { name: 'Adam', use_ema: true, gradient_accumulation_steps: 2, global_clipnorm: 1 } as const;
      const run = (engine: Engine) =>
        withSession(engine, { ...net, optimizer }, async (session) => {
          for (let i = 0; i < 3; i++) await session.step(makeBatch(net, 1, size, i));
          const { loss } = await session.evaluate(makeBatch(net, 1, size, 9), { ema: true });
          const model = await session.inferenceModel({ classes: ['a', 'b'], rescale: 1 }, { ema: true });
          return { loss, size: model.length, state: await session.state() };
        });
      const [a, b] = [await run(webgpu), await run(createOnnxEngine())];
      expect(a.loss).toBeCloseTo(b.loss, 5);
      expect(a.size).toBe(b.size);
      expect(Object.keys(a.state.tensors)).toEqual(Object.keys(b.state.tensors));
    });

    test('the CPU’s lowerings for 3×3 convolutions run there too', async () => {
      const wide = cases['wide 3×3, same']!;
      const step = (engine: Engine) =>
        withSession(engine, wide, async (session) => {
          await scatter(session);
          return session.step(makeBatch(wide, 1, wide.batchSize ?? 3));
        });
      const a = await step(on(createOnnxEngine({ deviceConvolution: 'winograd' }), 'webgpu'));
      expect(a.loss).toBeCloseTo((await step(createOnnxEngine())).loss, 5);
    });
  });

  describe('graphs on WebGPU', () => {
    const x = tensor(
      [3, 4],
      uniforms(3, 12).map((v) => Math.round(8 * v - 4) / 2),
    );
    const y = tensor(
      [3, 4],
      uniforms(4, 12).map((v) => Math.round(8 * v - 4) / 2),
    );
    const is = (g: Graph, a: string) => g.op('Greater', [a, g.scalar(0)]);
    const ops: Record<string, (g: Graph) => string> = {
      Sum: (g) => g.total(['x', 'y', 'x']),
      Sign: (g) => g.op('Sign', ['x']),
      LogSoftmax: (g) => g.op('LogSoftmax', ['x'], { axis: -1 }),
      Equal: (g) => g.float(g.op('Equal', ['x', 'y'])),
      GreaterOrEqual: (g) => g.float(g.op('GreaterOrEqual', ['x', 'y'])),
      Less: (g) => g.float(g.op('Less', ['x', 'y'])),
      LessOrEqual: (g) => g.float(g.op('LessOrEqual', ['x', 'y'])),
      And: (g) => g.float(g.op('And', [is(g, 'x'), is(g, 'y')])),
      Or: (g) => g.float(g.op('Or', [is(g, 'x'), is(g, 'y')])),
      Xor: (g) => g.float(g.op('Xor', [is(g, 'x'), is(g, 'y')])),
      Not: (g) => g.float(g.op('Not', [is(g, 'x')])),
      Where: (g) => g.op('Where', [is(g, 'x'), 'x', 'y']),
      'parts of conditions': (g) => {
        const a = is(g, 'x');
        return g.float(g.reshape(g.concat([g.slice(a, 1, 2, 4), g.slice(a, 1, 0, 2)], 1), [3, 4]));
      },
      matmulTN: (g) => g.reshape(g.matmulTN(g.reshape('x', [2, 3, 2]), g.reshape('y', [2, 3, 2])), [2, 4]),
      matmulNT: (g) => g.reshape(g.matmulNT(g.reshape('x', [2, 3, 2]), g.reshape('y', [2, 3, 2])), [3, 6]),
      'matmulTN of matrices': (g) => g.matmulTN('x', 'y'),
    };
    test.each(Object.entries(ops))('%s is what it is on the CPU', async (_, build) => {
      const run = async (provider: 'cpu' | 'webgpu') => {
        const g = new Graph(provider);
        g.input('x', [3, 4]);
        g.input('y', [3, 4]);
        g.output('z', build(g), ['a', 'b']);
        const session = await (provider === 'cpu' ? openGraph(g, 1) : openOnDevice(g, { deviceId: 0 }));
        const { z } = await session.run({ x, y });
        await session.release();
        return { dims: z!.dims, data: [...floats(z as typeof x)] };
      };
      const [cpu, webgpu] = [await run('cpu'), await run('webgpu')];
      expect(webgpu.dims).toEqual(cpu.dims);
      cpu.data.forEach((v, i) => {
        expect(webgpu.data[i]).toBeCloseTo(v, 5);
      });
    });

    test('one that would fall back to the CPU is refused by the name of the op', async () => {
      const g = new Graph('webgpu');
      g.input('x', [2]);
      g.prefix = 'layer_';
      g.output('y', g.op('Round', ['x']), [2]);
      await expect(openOnDevice(g, { deviceId: 0 })).rejects.toThrow(
        /webgpu cannot run the whole training step: it has no kernel for Round \(layer_Round_0\)/,
      );
    });

    test('one that wants more than there is runs out of memory, by that name', async () => {
      const g = new Graph('webgpu');
      const column = g.input('x', [70_000, 1]);
      const square = g.mul(column, g.transpose(column, [1, 0]));
      g.output('y', g.sum(square, [0, 1]), []);
      const session = await openOnDevice(g, { deviceId: 0 });
      const error = await session.run({ x: tensor([70_000, 1]) }).catch(recogniseOutOfMemory);
      expect(error).toBeInstanceOf(OutOfMemory);
      await session.release();
    });
  });
}
