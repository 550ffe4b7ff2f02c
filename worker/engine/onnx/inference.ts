import type { InferenceMetadata } from '../engine.ts';
import { Graph, type Ref } from './graph.ts';
import { inferenceOperation } from './inference-operation.ts';
import { encodeModel } from './onnx.ts';
import type { Plan } from './plan.ts';

interface InferenceOptions {
  plan: Plan;
  /** Rows, columns, channels. */
  input: readonly [number, number, number];
  /** By parameter name, in Keras's order of axes. */
  weights: Readonly<Record<string, Float32Array>>;
  metadata: InferenceMetadata;
}

/** Opset 17 and IR 8 are what ONNX Runtime 1.12 (2022) and everything newer reads. */
const OPSET = 17;
const IR_VERSION = 8;

/** Of float32. */
const LOWEST = -3.4028234663852886e38;

/**
 * A model of standard operators only. Input `image` [N, rows, columns, channels], float32 from 0 to 255; output
 * `probabilities` [N, size]. Metadata: `classes` (JSON list), `input_size` (JSON), `rescale`, `framework`.
 */
export function inferenceModel({ plan, input, weights, metadata }: InferenceOptions): Uint8Array {
  const g = new Graph();
  const pixels = g.scale(g.input('image', ['N', ...input]), metadata.rescale);
  const image = g.transpose(pixels, [0, 3, 1, 2]);
  const results: Ref[] = [];
  const pools = plan.operations.filter(({ kind }) => kind === 'max_pool' || kind === 'average_pool');
  const pooled = new Set(pools.flatMap(({ from }) => from));
  for (const [i, operation] of plan.operations.entries()) {
    g.prefix = 'layer' in operation ? `${operation.layer}_` : '';
    const xs = operation.from.map((source) => results[source] ?? image);
    const result = inferenceOperation(g, xs, operation, weights);
    // ONNX Runtime's optimizer would move the zeros into a pool behind them, whose own padding is no zeros.
    const apart = operation.kind === 'zero_padding' && pooled.has(i);
    results.push(apart ? g.op('Max', [result, g.scalar(LOWEST)]) : result);
  }
  g.output('probabilities', results.at(-1)!, ['N', plan.outputs]);
  return encodeModel({
    name: 'tidemark',
    irVersion: IR_VERSION,
    opsets: [['', OPSET]],
    nodes: g.nodes,
    constants: g.constants,
    inputs: g.inputs,
    outputs: g.outputs,
    metadata: {
      classes: JSON.stringify(metadata.classes),
      input_size: JSON.stringify(input),
      rescale: String(metadata.rescale),
      framework: 'tidemark',
    },
  });
}
