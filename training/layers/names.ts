import type { LayerSpec } from './spec.ts';

const KERAS_NAME: Record<LayerSpec['type'], string> = {
  Conv2D: 'conv2d',
  DepthwiseConv2D: 'depthwise_conv2d',
  SeparableConv2D: 'separable_conv2d',
  Conv2DTranspose: 'conv2d_transpose',
  MaxPooling2D: 'max_pooling2d',
  AveragePooling2D: 'average_pooling2d',
  GlobalAveragePooling2D: 'global_average_pooling2d',
  GlobalMaxPooling2D: 'global_max_pooling2d',
  UpSampling2D: 'up_sampling2d',
  ZeroPadding2D: 'zero_padding2d',
  Flatten: 'flatten',
  Dropout: 'dropout',
  SpatialDropout2D: 'spatial_dropout2d',
  Dense: 'dense',
  Activation: 'activation',
  Rescaling: 'rescaling',
  BatchNormalization: 'batch_normalization',
  LayerNormalization: 'layer_normalization',
  GroupNormalization: 'group_normalization',
  Add: 'add',
  Multiply: 'multiply',
  Concatenate: 'concatenate',
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
