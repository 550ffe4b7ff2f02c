import { type Head, headLayers, type WrittenLayer } from './head.ts';

const STAGES = 4;
const BLOCKS = 2;

/**
 * ResNet-18's structure (He et al. 2015, arXiv:1512.03385: basic blocks, projections where the size changes) at half its
 * width, with a 3×3 stem. Kernels start as he_normal, without biases.
 * @param width channels of the first stage
 */
export function resnetSmall({ width, dropout }: { width: number; dropout: number }, head: Head): WrittenLayer[] {
  const conv = (
    name: string,
    filters: number,
    kernel_size: number,
    strides: number,
    inputs?: string,
  ): WrittenLayer => ({
    type: 'Conv2D',
    name,
    ...(inputs ? { inputs } : {}),
    filters,
    kernel_size,
    strides,
    padding: 'same',
    use_bias: false,
    kernel_initializer: 'he_normal',
  });
  const norm = (name: string): WrittenLayer => ({ type: 'BatchNormalization', name, momentum: 0.9 });
  const relu = (name: string): WrittenLayer => ({ type: 'Activation', name, activation: 'relu' });
  const layers: WrittenLayer[] = [
    conv('stem_conv', width, 3, 2),
    norm('stem_bn'),
    relu('stem_relu'),
    { type: 'MaxPooling2D', name: 'stem_pool', pool_size: 3, strides: 2, padding: 'same' },
  ];
  let before = 'stem_pool';
  for (let stage = 1; stage <= STAGES; stage++) {
    for (let block = 1; block <= BLOCKS; block++) {
      const at = (part: string) => `stage${stage}_block${block}_${part}`;
      const filters = width * 2 ** (stage - 1);
      const strides = stage > 1 && block === 1 ? 2 : 1;
      layers.push(conv(at('conv1'), filters, 3, strides, before), norm(at('bn1')), relu(at('relu1')));
      layers.push(conv(at('conv2'), filters, 3, 1), norm(at('bn2')));
      if (strides > 1) {
        layers.push(conv(at('shortcut_conv'), filters, 1, strides, before), norm(at('shortcut_bn')));
        layers.push({ type: 'Add', name: at('add'), inputs: [at('bn2'), at('shortcut_bn')] });
      } else layers.push({ type: 'Add', name: at('add'), inputs: [at('bn2'), before] });
      before = at('relu2');
      layers.push(relu(before));
    }
  }
  return [...layers, { type: 'GlobalAveragePooling2D' }, ...headLayers(head, dropout)];
}
