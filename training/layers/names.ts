import type { LayerSpec } from './spec.ts';

const KERAS_NAME: Record<LayerSpec['type'], string> = {
  Conv2D: 'conv2d',
  MaxPooling2D: 'max_pooling2d',
  AveragePooling2D: 'average_pooling2d',
  GlobalAveragePooling2D: 'global_average_pooling2d',
  Flatten: 'flatten',
  Dropout: 'dropout',
  Dense: 'dense',
  Activation: 'activation',
  BatchNormalization: 'batch_normalization',
};

/** Keras's automatic names (`conv2d`, `conv2d_1`, …) unless the spec has one. */
export function layerNames(layers: readonly LayerSpec[]): string[] {
  const seen = new Map<string, number>();
  return layers.map((layer) => {
    if (layer.name) return layer.name;
    const base = KERAS_NAME[layer.type];
    const n = seen.get(base) ?? 0;
    seen.set(base, n + 1);
    return n === 0 ? base : `${base}_${n}`;
  });
}
