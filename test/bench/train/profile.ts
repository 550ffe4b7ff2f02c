import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { lossOf } from '@tidemark/training/config/loss';
import { OptimizerConfig } from '@tidemark/training/config/optimizer';
import { sizeOf } from '@tidemark/training/layers/shape';
import { blockSize } from '@tidemark/worker/engine/onnx/block-size';
import { Graph } from '@tidemark/worker/engine/onnx/graph';
import { gradientGraph, trainingGraph } from '@tidemark/worker/engine/onnx/net';
import { partsFor } from '@tidemark/worker/engine/onnx/parts';
import { multiplications, type Plan, plan } from '@tidemark/worker/engine/onnx/plan';
import { updateRule } from '@tidemark/worker/engine/onnx/update';
import * as ort from 'onnxruntime-node';
import type { BenchOptions } from '../bench.ts';
import { layerOf, type Part, partsOf } from './classify.ts';
import { netOf, type PresetName } from './net.ts';

const SECONDS = 25;
const MOST_RUNS = 25;

const feedsOf = (g: Graph): Record<string, ort.Tensor> => {
  let seed = 1;
  const random = () => {
    seed = (seed * 48271) % 2147483647;
    return seed / 2147483647;
  };
  return Object.fromEntries(
    g.inputs.map(({ name, dims }) => {
      const shape = dims as number[]; // training graphs have no symbolic dimension
      const spread = /kernel|gamma/.test(name) ? 0.1 : 1;
      const data = Float32Array.from(
        { length: sizeOf(shape) },
        () => (spread < 1 ? random() - 0.5 : random()) * spread,
      );
      return [name, new ort.Tensor('float32', data, shape)];
    }),
  );
};

/** Microseconds of each node: the least of many runs, on one thread. */
async function nodeTimes(g: Graph): Promise<Map<string, number>> {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-profile-'));
  const session = await ort.InferenceSession.create(g.model(), {
    executionProviders: ['cpu'],
    intraOpNumThreads: 1,
    graphOptimizationLevel: 'disabled',
    logSeverityLevel: 3,
    enableProfiling: true,
    profileFilePrefix: join(folder, 'run'),
  });
  const feeds = feedsOf(g);
  const begin = performance.now();
  for (let i = 0; i < MOST_RUNS && (i < 3 || performance.now() - begin < SECONDS * 1000); i++) await session.run(feeds);
  session.endProfiling();
  await session.release();
  const events: { cat: string; name: string; dur: number }[] = JSON.parse(
    readFileSync(join(folder, readdirSync(folder)[0]!), 'utf8'),
  );
  rmSync(folder, { recursive: true });
  const least = new Map<string, number>();
  for (const { cat, name, dur } of events) {
    if (cat !== 'Node' || !name.endsWith('_kernel_time')) continue;
    const node = name.slice(0, -'_kernel_time'.length);
    least.set(node, Math.min(least.get(node) ?? Number.POSITIVE_INFINITY, dur));
  }
  return least;
}

/** GFLOP/s of one core in a large product. */
async function peak(): Promise<number> {
  const n = 1024;
  const g = new Graph();
  g.output('y', g.matmul(g.input('a', [n, n]), g.input('b', [n, n])), [n, n]);
  const times = await nodeTimes(g);
  return (2 * n ** 3) / Math.min(...[...times].filter(([name]) => name.startsWith('MatMul')).map(([, t]) => t)) / 1e3;
}

/** Multiplications and additions per image of a layer's forward pass, done directly. */
function work(all: Plan): Map<string, number> {
  const of = new Map<string, number>();
  for (const o of all.operations) {
    if (!('layer' in o)) continue;
    of.set(o.layer, (of.get(o.layer) ?? 0) + 2 * multiplications({ ...all, operations: [o] }));
  }
  return of;
}

/** Prints a table of core-milliseconds per image: the graph of one half, or the whole step where batches are not cut. */
export async function profile(preset: PresetName, { json, report }: BenchOptions): Promise<void> {
  const { layers, size, batch } = netOf(preset);
  const all = plan(layers, [size, size, 3]);
  const parts = partsFor(all, batch);
  const images = batch / parts;
  const options = {
    plan: all,
    loss: lossOf('binary_crossentropy'),
    images,
    batchSize: batch,
    fast: true,
    block: await blockSize(),
  };
  const rule = updateRule(OptimizerConfig.parse({ name: 'RMSprop' }));
  const { g } = parts === 2 ? gradientGraph(options) : trainingGraph(options, rule);
  const top = await peak();
  const kinds = partsOf(g);
  const times = await nodeTimes(g);
  const rows = new Map<string, Record<Part, number>>();
  const total: Record<Part, number> = { forward: 0, shared: 0, input: 0, filter: 0, update: 0 };
  for (const [node, time] of times) {
    const part = kinds.get(node);
    if (!part) continue; // copies that ONNX Runtime added
    const layer = layerOf(node);
    const row = rows.get(layer) ?? { forward: 0, shared: 0, input: 0, filter: 0, update: 0 };
    row[part] += time / 1e3 / images;
    total[part] += time / 1e3 / images;
    rows.set(layer, row);
  }
  const sum = Object.values(total).reduce((a, b) => a + b, 0);
  report({ bench: 'train', metric: `${preset}_sgemm_gflops_per_core`, value: Number(top.toFixed(1)), unit: 'GFLOP/s' });
  report({ bench: 'train', metric: `${preset}_core_ms_per_image`, value: Number(sum.toFixed(2)), unit: 'ms' });
  const flops = work(all);
  const print = json ? console.error : console.log;
  print(
    `\n${preset}: milliseconds of one core per image, ${images} images in a graph of ${g.nodes.length} nodes; in brackets GFLOP/s` +
      ` of the direct convolution's arithmetic (a product of 1024³: ${top.toFixed(0)})\n${cpus()[0]?.model}, load ${loadavg()[0]!.toFixed(1)}\n`,
  );
  print('| layer | forward | input gradient | filter gradient | both |\n|---|---|---|---|---|');
  const cell = (ms: number, flop: number | undefined) =>
    ms < 0.005 ? '–' : `${ms.toFixed(2)}${flop && flop > 1e5 ? ` (${(flop / ms / 1e6).toFixed(0)})` : ''}`;
  for (const [layer, row] of rows) {
    const flop = flops.get(layer);
    const cells = [
      cell(row.forward, flop),
      cell(row.input, flop),
      cell(row.filter, flop),
      cell(row.shared + row.update, undefined),
    ];
    print(`| ${layer} | ${cells.join(' | ')} |`);
  }
  print(
    `| all: ${sum.toFixed(2)} | ${total.forward.toFixed(2)} | ${total.input.toFixed(2)} | ${total.filter.toFixed(2)} | ${(total.shared + total.update).toFixed(2)} |`,
  );
}
