import { type Head, headLayers, type WrittenLayer } from './head.ts';

/** Expansion, output channels, strides of the first block, and how many blocks: table 2 of Sandler et al. 2018, arXiv:1801.04381. */
const STAGES = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 2, 3],
  [6, 64, 2, 4],
  [6, 96, 1, 3],
  [6, 160, 2, 3],
  [6, 320, 1, 1],
] as const;

/** Keras's `_make_divisible`: the nearest multiple of 8, but never a tenth less than asked for. */
function roundChannels(channels: number): number {
  const rounded = Math.max(8, Math.floor((channels + 4) / 8) * 8);
  return rounded < 0.9 * channels ? rounded + 8 : rounded;
}

/**
 * MobileNetV2 with the layer names, channel rounding and normalization of Keras's `applications/mobilenet_v2.py`, so that its
 * weights fit by name. `padding: same` stands for Keras's padding layers, whose zeros are the same. The first layer makes
 * −1 … 1 of 0 … 1, as Keras's `preprocess_input` does.
 * @param alpha width multiplier
 */
export function mobilenetV2({ alpha, dropout }: { alpha: number; dropout: number }, head: Head): WrittenLayer[] {
  const norm = (name: string): WrittenLayer => ({ type: 'BatchNormalization', name, momentum: 0.999, epsilon: 1e-3 });
  const relu = (name: string): WrittenLayer => ({ type: 'Activation', name, activation: 'relu6' });
  const conv = (name: string, filters: number, kernel_size: number, strides: number): WrittenLayer => ({
    type: 'Conv2D',
    name,
    filters,
    kernel_size,
    strides,
    padding: kernel_size > 1 ? 'same' : 'valid',
    use_bias: false,
  });
  let channels = roundChannels(32 * alpha);
  const layers: WrittenLayer[] = [
    { type: 'Rescaling', scale: 2, offset: -1 },
    conv('Conv1', channels, 3, 2),
    norm('bn_Conv1'),
    relu('Conv1_relu'),
  ];
  let index = 0;
  let before = 'Conv1_relu';
  for (const [expansion, width, firstStrides, blocks] of STAGES) {
    for (let n = 0; n < blocks; n++) {
      const at = (part: string) => (index === 0 ? `expanded_conv_${part}` : `block_${index}_${part}`);
      const filters = roundChannels(Math.trunc(width * alpha));
      const strides = n === 0 ? firstStrides : 1;
      if (index > 0) {
        layers.push(conv(at('expand'), expansion * channels, 1, 1), norm(at('expand_BN')), relu(at('expand_relu')));
      }
      layers.push(
        { type: 'DepthwiseConv2D', name: at('depthwise'), kernel_size: 3, strides, padding: 'same', use_bias: false },
        norm(at('depthwise_BN')),
        relu(at('depthwise_relu')),
        conv(at('project'), filters, 1, 1),
        norm(at('project_BN')),
      );
      if (strides === 1 && filters === channels) {
        layers.push({ type: 'Add', name: at('add'), inputs: [before, at('project_BN')] });
        before = at('add');
      } else before = at('project_BN');
      channels = filters;
      index++;
    }
  }
  return [
    ...layers,
    conv('Conv_1', alpha > 1 ? roundChannels(1280 * alpha) : 1280, 1, 1),
    norm('Conv_1_bn'),
    relu('out_relu'),
    { type: 'GlobalAveragePooling2D' },
    ...headLayers(head, dropout, { dense: 'predictions' }),
  ];
}
