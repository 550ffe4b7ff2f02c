import { type Head, headLayers, type WrittenLayer } from './head.ts';

/**
 * The published small-data network (F. Chollet, "Deep Learning with Python": cats vs dogs from scratch): five 3×3
 * convolutions of 32 to 256 filters, 2×2 max pooling between them, and a sigmoid. 991,041 parameters at 180×180×3.
 * @param dropout the rate before the last layer; 0: none
 */
export function convnet({ dropout }: { dropout: number }, head: Head): WrittenLayer[] {
  const blocks = [32, 64, 128, 256].flatMap((filters): WrittenLayer[] => [
    { type: 'Conv2D', filters, kernel_size: 3, activation: 'relu' },
    { type: 'MaxPooling2D', pool_size: 2 },
  ]);
  return [
    ...blocks,
    { type: 'Conv2D', filters: 256, kernel_size: 3, activation: 'relu' },
    { type: 'Flatten' },
    ...headLayers(head, dropout),
  ];
}
