import { refusal } from '@tidemark/training/init/describe';
import { matchWeights } from '@tidemark/training/init/match';
import { inferShapes, sizeOf } from '@tidemark/training/layers/shape';
import { PRESETS } from '@tidemark/training/presets/index';
import { expect, test } from 'vitest';

/** Names and shapes of the published state dict, from the architecture's table: kernel, expansion, channels in and out of each block. */
function published(): { name: string; dims: number[] }[] {
  const stages = [
    [1, 3, 1, 32, 16],
    [2, 3, 6, 16, 24],
    [2, 5, 6, 24, 40],
    [3, 3, 6, 40, 80],
    [3, 5, 6, 80, 112],
    [4, 5, 6, 112, 192],
    [1, 3, 6, 192, 320],
  ] as const;
  const norm = (name: string, channels: number) =>
    ['weight', 'bias', 'running_mean', 'running_var'].map((part) => ({ name: `${name}.${part}`, dims: [channels] }));
  const out = [{ name: '_conv_stem.weight', dims: [32, 3, 3, 3] }, ...norm('_bn0', 32)];
  let index = 0;
  for (const [blocks, kernel, expansion, first, filters] of stages) {
    for (let n = 0; n < blocks; n++, index++) {
      const channels = n === 0 ? first : filters;
      const wide = channels * expansion;
      const at = `_blocks.${index}.`;
      if (expansion > 1)
        out.push({ name: `${at}_expand_conv.weight`, dims: [wide, channels, 1, 1] }, ...norm(`${at}_bn0`, wide));
      out.push({ name: `${at}_depthwise_conv.weight`, dims: [wide, 1, kernel, kernel] }, ...norm(`${at}_bn1`, wide));
      out.push({ name: `${at}_project_conv.weight`, dims: [filters, wide, 1, 1] }, ...norm(`${at}_bn2`, filters));
    }
  }
  out.push({ name: '_conv_head.weight', dims: [1280, 320, 1, 1] }, ...norm('_bn1', 1280));
  return [...out, { name: '_fc.weight', dims: [1000, 1280] }, { name: '_fc.bias', dims: [1000] }];
}

test('the preset takes every one of the published tensors, and has no weight without one', () => {
  const source = published();
  expect(source).toHaveLength(247);
  const layers = PRESETS['efficientnet-lite0']({}, { units: 1000, activation: 'softmax' });
  const matching = matchWeights(inferShapes(layers, [224, 224, 3]).layers, 'pytorch', source, {});
  expect(refusal(matching, true)).toBeNull();
  expect(matching.matches).toHaveLength(247);
  const numbers = matching.matches.reduce((sum, { layout }) => sum + sizeOf(layout.shape), 0);
  expect(numbers).toBe(4_652_008 + 42_016); // trainable, and moving statistics
});

test('with a head of its own, everything but the head', () => {
  const { layers } = inferShapes(PRESETS['efficientnet-lite0'](), [224, 224, 3]);
  expect(refusal(matchWeights(layers, 'pytorch', published(), {}), true)).toContain(
    'fc/kernel [1280, 1], but _fc.weight is [1280, 1000]',
  );
  const matching = matchWeights(layers, 'pytorch', published(), { exclude: ['fc'] });
  expect(refusal(matching, true)).toBeNull();
  expect(matching.matches).toHaveLength(245);
});
