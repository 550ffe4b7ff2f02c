import { RunConfig } from '@tidemark/training/config';
import { Diverged, Divergence } from '@tidemark/worker/train/divergence';
import { expect, test } from 'vitest';

const base = { data: { path: 'x', batch_size: 2 }, model: 'convnet', epochs: 1 };
/** What is said when `losses` are followed by one that is not finite. */
function told(losses: readonly number[], config: object = {}, labels = [0, 1]): string {
  const divergence = new Divergence(RunConfig.parse({ ...base, ...config }));
  const batch = { images: new Float32Array(0), labels: Float32Array.from(labels), count: 2 };
  const facts = { what: 'loss', epoch: 0, learningRate: 0.01, batch };
  losses.forEach((value, i) => {
    divergence.check({ ...facts, value, step: i + 1 });
  });
  try {
    divergence.check({ ...facts, value: Number.NaN, step: losses.length + 1 });
  } catch (error) {
    expect(error).toBeInstanceOf(Diverged);
    return (error as Error).message;
  }
  throw new Error('It found nothing.');
}

const steady = Array.from({ length: 60 }, (_, i) => 0.7 - i * 1e-3);
const clipped = { optimizer: { name: 'SGD', global_clipnorm: 1 } };

test.each([
  [
    'a loss that grew',
    [0.7, 0.8, 9, 3e5],
    {},
    /grown from 0\.7: lower `optimizer\.learning_rate` \(for example to 0\.001\), or clip gradients/,
  ],
  [
    'a loss that grew in spite of clipping',
    [0.7, 0.8, 9, 3e5],
    clipped,
    /grown from 0\.7: lower `optimizer\.learning_rate` \(for example to 0\.001\)\.$/,
  ],
  ['the very first step', [], {}, /^The loss is NaN at step 1 \(epoch 1\)\. The learning rate was 0\.01\. Lower/],
  ['raw pixels', [0.7], { rescale: 1 }, /leave `rescale` at 1\/255/],
  [
    'out of a steady loss',
    steady,
    {},
    /The last finite loss was 0\.641, at step 60, .*It came at once: clip gradients/,
  ],
  ['out of a steady loss, clipped', steady, clipped, /in spite of clipped gradients/],
] as const)('%s points at its lever', (_, losses, config, message) => {
  expect(told(losses, config)).toMatch(message);
});

test('a label that is no number is named before anything else', () => {
  expect(told([0.7], {}, [0, Number.NaN])).toMatch(/label of this batch is not a number/);
});

test('weights are looked at before they are kept', () => {
  const divergence = new Divergence(RunConfig.parse(base));
  const state = (value: number) => ({
    step: 3,
    tensors: { 'dense/kernel': { dims: [2], data: Float32Array.of(1, value) } },
  });
  expect(() => divergence.checkWeights(state(2), 0, 0.01)).not.toThrow();
  expect(() => divergence.checkWeights(state(Number.POSITIVE_INFINITY), 0, 0.01)).toThrow(
    /^Weights are Infinity at step 3/,
  );
});
