import { type Head, headLayers, type WrittenLayer } from './head.ts';

/**
 * The small Xception-like network of F. Chollet, "Deep Learning with Python", 2nd ed., section 9.3.5, layer by layer: a 5×5
 * convolution, five residual blocks of two separable convolutions with batch normalization before each, and a 1×1
 * convolution of stride 2 beside the pool. Its first layer, the rescaling by 1/255, is the config's `rescale`.
 * @param width channels of the first block; each later one has twice as many
 */
export function miniXception({ width, dropout }: { width: number; dropout: number }, head: Head): WrittenLayer[] {
  const layers: WrittenLayer[] = [
    { type: 'Conv2D', name: 'stem_conv', filters: width, kernel_size: 5, use_bias: false },
  ];
  let before = 'stem_conv';
  for (let block = 1; block <= 5; block++) {
    const at = (part: string) => `block${block}_${part}`;
    const filters = width * 2 ** (block - 1);
    for (const n of [1, 2]) {
      layers.push(
        { type: 'BatchNormalization', name: at(`bn${n}`) },
        { type: 'Activation', name: at(`relu${n}`), activation: 'relu' },
        { type: 'SeparableConv2D', name: at(`conv${n}`), filters, kernel_size: 3, padding: 'same', use_bias: false },
      );
    }
    layers.push(
      { type: 'MaxPooling2D', name: at('pool'), pool_size: 3, strides: 2, padding: 'same' },
      {
        type: 'Conv2D',
        name: at('shortcut'),
        inputs: before,
        filters,
        kernel_size: 1,
        strides: 2,
        padding: 'same',
        use_bias: false,
      },
      { type: 'Add', name: at('add'), inputs: [at('pool'), at('shortcut')] },
    );
    before = at('add');
  }
  return [...layers, { type: 'GlobalAveragePooling2D' }, ...headLayers(head, dropout)];
}
