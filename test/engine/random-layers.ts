import fc from 'fast-check';
import type { Layers } from './setup.ts';

export type Layer = Layers[number];

const padding = fc.constantFrom('valid' as const, 'same' as const);
const pairOf = (most: number) => fc.tuple(fc.integer({ min: 1, max: most }), fc.integer({ min: 1, max: most }));
const type = <T extends string>(name: T) => fc.constant(name);
// 16 and more filters in a row bring the transformed convolutions in.
const filters = fc.constantFrom(2, 3, 16, 17);
const kernel = fc.oneof({ weight: 2, arbitrary: fc.constant(3) }, { weight: 1, arbitrary: pairOf(4) });
const strides = fc.oneof({ weight: 3, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: pairOf(3) });
const dilation = fc.oneof({ weight: 4, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: pairOf(2) });
const activation = fc.constantFrom('linear' as const, 'relu' as const, 'sigmoid' as const);
const flag = fc.boolean();

/** The layers of the first nets that were trained: a Conv2D here has no groups and no gaps. */
export const commonLayer: fc.Arbitrary<Layer> = fc.oneof(
  fc.record({ type: type('Conv2D'), filters, kernel_size: kernel, strides, padding, activation, use_bias: flag }),
  fc.record({ type: type('MaxPooling2D'), pool_size: pairOf(3), padding }),
  fc.record({ type: type('MaxPooling2D'), pool_size: fc.constant(2) }),
  fc.record({ type: type('AveragePooling2D'), pool_size: pairOf(3), strides: pairOf(3), padding }),
  fc.record({ type: type('Dropout'), rate: fc.constantFrom(0, 0.25, 0.6) }),
  fc.record({ type: type('BatchNormalization'), momentum: fc.constantFrom(0.5, 0.99) }),
  fc.record({ type: type('Activation'), activation: fc.constantFrom('relu' as const, 'sigmoid' as const) }),
);

const otherLayer: fc.Arbitrary<Layer> = fc.oneof(
  fc.record({
    type: type('Conv2D'),
    filters: fc.constantFrom(4, 16),
    kernel_size: kernel,
    dilation_rate: dilation,
    groups: fc.constantFrom(1, 2),
    padding,
  }),
  fc.record({
    type: type('DepthwiseConv2D'),
    kernel_size: kernel,
    strides: fc.constantFrom(1, 2),
    padding,
    depth_multiplier: fc.constantFrom(1, 1, 2),
    activation,
    use_bias: flag,
  }),
  fc.record({ type: type('SeparableConv2D'), filters, kernel_size: kernel, padding, activation, use_bias: flag }),
  fc.record({
    type: type('Conv2DTranspose'),
    filters: fc.constantFrom(2, 3),
    kernel_size: pairOf(3),
    strides: pairOf(2),
    padding,
    use_bias: flag,
  }),
  fc.record({
    type: type('UpSampling2D'),
    size: pairOf(2),
    interpolation: fc.constantFrom('nearest' as const, 'bilinear' as const),
  }),
  fc.record({ type: type('ZeroPadding2D'), padding: pairOf(2) }),
  fc.record({ type: type('SpatialDropout2D'), rate: fc.constantFrom(0, 0.3) }),
  fc.record({ type: type('Rescaling'), scale: fc.constantFrom(0.5, -1.5), offset: fc.constantFrom(0, 0.25) }),
  fc.record({ type: type('LayerNormalization'), center: flag, scale: flag }),
  fc.record({ type: type('GroupNormalization'), groups: fc.constantFrom(1, -1), center: flag, scale: flag }),
  fc.record({ type: type('BatchNormalization'), center: flag, scale: flag, trainable: flag }),
  fc.record({
    type: type('Activation'),
    activation: fc.constantFrom('relu6', 'leaky_relu', 'elu', 'gelu', 'silu', 'hard_swish', 'tanh', 'softmax'),
  }),
);

/** Any layer that reads one map and gives one. */
export const mapLayer: fc.Arbitrary<Layer> = fc.oneof(commonLayer, otherLayer);
