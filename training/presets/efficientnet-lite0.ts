import { type Head, headLayers, type WrittenLayer } from './head.ts';

/** Blocks, kernel, strides of the first, expansion, channels in, channels out: EfficientNet-B0's (Tan and Le 2019, arXiv:1905.11946). */
const STAGES = [
  [1, 3, 1, 1, 32, 16],
  [2, 3, 2, 6, 16, 24],
  [2, 5, 2, 6, 24, 40],
  [3, 3, 2, 6, 40, 80],
  [3, 5, 1, 6, 80, 112],
  [4, 5, 2, 6, 112, 192],
  [1, 3, 1, 6, 192, 320],
] as const;

/**
 * EfficientNet-Lite0 (github.com/tensorflow/tpu, efficientnet/lite): B0 without squeeze and excitation, with ReLU6, stem and
 * head unscaled. Layers are named after the PyTorch state dict: `_blocks.1._expand_conv` is `blocks_1_expand_conv`. The first
 * layer is the lite models' own normalization, (pixel − 127) / 128, of pixels between 0 and 1.
 */
export function efficientnetLite0({ dropout }: { dropout: number }, head: Head): WrittenLayer[] {
  const norm = (name: string): WrittenLayer => ({ type: 'BatchNormalization', name, momentum: 0.99, epsilon: 1e-3 });
  const relu = (name: string): WrittenLayer => ({ type: 'Activation', name, activation: 'relu6' });
  /** Normal with variance 2 / fan out, as the original draws. */
  const drawn = { name: 'variance_scaling', scale: 2, mode: 'fan_out', distribution: 'untruncated_normal' } as const;
  const conv = (name: string, filters: number, kernel_size: number, strides: number): WrittenLayer => ({
    type: 'Conv2D',
    name,
    filters,
    kernel_size,
    strides,
    padding: 'same',
    use_bias: false,
    kernel_initializer: drawn,
  });
  const layers: WrittenLayer[] = [
    { type: 'Rescaling', scale: 255 / 128, offset: -127 / 128 },
    conv('conv_stem', 32, 3, 2),
    norm('bn0'),
    relu('stem_relu6'),
  ];
  let index = 0;
  let before = 'stem_relu6';
  for (const [blocks, kernel_size, firstStrides, expansion, from, filters] of STAGES) {
    for (let n = 0; n < blocks; n++) {
      const at = (part: string) => `blocks_${index}_${part}`;
      const channels = n === 0 ? from : filters;
      const strides = n === 0 ? firstStrides : 1;
      if (expansion > 1) {
        layers.push(conv(at('expand_conv'), expansion * channels, 1, 1), norm(at('bn0')), relu(at('relu6_0')));
      }
      layers.push(
        {
          type: 'DepthwiseConv2D',
          name: at('depthwise_conv'),
          kernel_size,
          strides,
          padding: 'same',
          use_bias: false,
          depthwise_initializer: drawn,
        },
        norm(at('bn1')),
        relu(at('relu6_1')),
        conv(at('project_conv'), filters, 1, 1),
        norm(at('bn2')),
      );
      if (strides === 1 && channels === filters) {
        layers.push({ type: 'Add', name: at('add'), inputs: [at('bn2'), before] });
        before = at('add');
      } else before = at('bn2');
      index++;
    }
  }
  return [
    ...layers,
    conv('conv_head', 1280, 1, 1),
    norm('bn1'),
    relu('head_relu6'),
    { type: 'GlobalAveragePooling2D', name: 'avg_pooling' },
    ...headLayers(head, dropout, { dense: 'fc' }),
  ];
}
