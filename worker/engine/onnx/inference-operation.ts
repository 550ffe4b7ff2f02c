import type { Geometry } from './geometry.ts';
import type { Graph, Ref } from './graph.ts';
import type { Activation, Planned } from './operation.ts';
import { range } from './strips.ts';

type Weights = Readonly<Record<string, Float32Array>>;

/** [positions, channels, filters] → [filters, channels, positions]: Keras's kernel order to ONNX's. */
function filtersFirst(w: Float32Array, positions: number, channels: number, filters: number): Float32Array {
  const out = new Float32Array(w.length);
  for (let p = 0; p < positions; p++) {
    for (let c = 0; c < channels; c++) {
      for (let f = 0; f < filters; f++) out[(f * channels + c) * positions + p] = w[(p * channels + c) * filters + f]!;
    }
  }
  return out;
}

function windowAttributes({ kernel, strides, dilation, before, input, output }: Geometry) {
  const ends = range(2).map((a) => {
    const over = (kernel[a]! - 1) * dilation[a]! + 1;
    return Math.max(0, (output[a]! - 1) * strides[a]! + over - before[a]! - input[a]!);
  });
  const apart = dilation.some((v) => v > 1) ? { dilations: dilation } : {};
  return { kernel_shape: kernel, strides, ...apart, pads: [...before, ...ends] };
}

/** Of ConvTranspose: what the whole result has too much is padding, what it lacks is output padding. */
function transposedAttributes({ kernel, strides, dilation, before, input, output }: Geometry) {
  const over = range(2).map((a) => {
    const whole = (output[a]! - 1) * strides[a]! + (kernel[a]! - 1) * dilation[a]! + 1;
    return whole - before[a]! - input[a]!;
  });
  const pads = [...before, ...over.map((v) => Math.max(v, 0))];
  return { kernel_shape: kernel, strides, dilations: dilation, pads, output_padding: over.map((v) => Math.max(-v, 0)) };
}

function activate(g: Graph, x: Ref, kind: Activation): Ref {
  switch (kind) {
    case 'relu':
      return g.op('Relu', [x]);
    case 'relu6':
      return g.op('Clip', [x, g.scalar(0), g.scalar(6)]);
    case 'leaky_relu':
      return g.op('LeakyRelu', [x], { alpha: { float: 0.2 } });
    case 'elu':
      return g.op('Elu', [x]);
    case 'gelu': {
      const erf = g.op('Erf', [g.scale(x, Math.SQRT1_2)]);
      return g.mul(g.scale(x, 0.5), g.add(erf, g.scalar(1)));
    }
    case 'silu':
      return g.mul(x, g.op('Sigmoid', [x]));
    case 'hard_swish':
      return g.op('HardSwish', [x]);
    case 'softmax':
      return g.op('Softmax', [x], { axis: 1 });
    case 'sigmoid':
      return g.op('Sigmoid', [x]);
    case 'tanh':
      return g.op('Tanh', [x]);
  }
}

/** One operation, of standard operators, on [N, channels, rows, columns] or [N, size]. */
export function inferenceOperation(g: Graph, xs: readonly Ref[], operation: Planned, weights: Weights): Ref {
  const x = xs[0]!;
  const map = operation.input.length === 3;
  const named = (name: string, dims: readonly number[]) => g.named(name, weights[name]!, dims);
  const filled = (channels: number, value: number) =>
    g.named(`filled_${channels}_${value}`, new Float32Array(channels).fill(value), [channels]);
  const channelsLast = (f: (t: Ref) => Ref): Ref =>
    map ? g.transpose(f(g.transpose(x, [0, 2, 3, 1])), [0, 3, 1, 2]) : f(x);
  /** One number a channel, or one for all, in a form that broadcasts over `x`. */
  const perChannel = (data: readonly number[]) =>
    g.constant(Float32Array.from(data), map && data.length > 1 ? [data.length, 1, 1] : [data.length]);
  const affine = (o: { layer: string; channels: number; center: boolean; scale: boolean }) => [
    o.scale ? named(`${o.layer}/gamma`, [o.channels]) : filled(o.channels, 1),
    o.center ? named(`${o.layer}/beta`, [o.channels]) : filled(o.channels, 0),
  ];
  const bias = (o: { layer: string; bias: boolean }, size: number) =>
    o.bias ? [named(`${o.layer}/bias`, [size])] : [];

  switch (operation.kind) {
    case 'convolution': {
      const { kernel, geometry, filters, groups } = operation;
      const [kh, kw] = geometry.kernel;
      const channels = operation.channels / groups;
      const w = filtersFirst(weights[kernel]!, kh * kw, channels, filters);
      const inputs = [x, g.named(kernel, w, [filters, channels, kh, kw]), ...bias(operation, filters)];
      return g.op('Conv', inputs, { ...windowAttributes(geometry), ...(groups > 1 ? { group: groups } : {}) });
    }
    case 'depthwise_convolution': {
      const { kernel, geometry, channels, multiplier } = operation;
      const [kh, kw] = geometry.kernel;
      const filters = channels * multiplier;
      const w = filtersFirst(weights[kernel]!, kh * kw, 1, filters);
      const inputs = [x, g.named(kernel, w, [filters, 1, kh, kw]), ...bias(operation, filters)];
      return g.op('Conv', inputs, { ...windowAttributes(geometry), group: channels });
    }
    case 'convolution_transpose': {
      const { kernel, geometry, channels, filters } = operation;
      const [kh, kw] = geometry.kernel;
      const w = filtersFirst(weights[kernel]!, kh * kw, filters, channels);
      const inputs = [x, g.named(kernel, w, [channels, filters, kh, kw]), ...bias(operation, filters)];
      return g.op('ConvTranspose', inputs, transposedAttributes(geometry));
    }
    case 'dense': {
      const { layer, inputs, units } = operation;
      return channelsLast((t) => {
        const product = g.matmul(t, named(`${layer}/kernel`, [inputs, units]));
        return operation.bias ? g.add(product, named(`${layer}/bias`, [units])) : product;
      });
    }
    case 'activation':
      return activate(g, x, operation.activation);
    case 'max_pool':
      return g.op('MaxPool', [x], windowAttributes(operation.geometry));
    case 'average_pool':
      return g.op('AveragePool', [x], { ...windowAttributes(operation.geometry), count_include_pad: 0 });
    case 'global_average':
    case 'global_max': {
      const t = g.op(operation.kind === 'global_max' ? 'GlobalMaxPool' : 'GlobalAveragePool', [x]);
      return operation.keepdims ? t : g.op('Flatten', [t], { axis: 1 });
    }
    case 'up_sampling': {
      const scales = g.constant(Float32Array.of(1, 1, ...operation.size), [4]);
      // Of whole factors, the default rounding takes the nearest pixel as Keras does.
      return g.op(
        'Resize',
        [x, '', scales],
        operation.interpolation === 'bilinear' ? { mode: { text: 'linear' } } : {},
      );
    }
    case 'zero_padding': {
      const [[top, bottom], [left, right]] = operation.padding;
      return g.pad(x, [0, 0, top, left], [0, 0, bottom, right]);
    }
    case 'flatten':
      return map ? g.op('Flatten', [g.transpose(x, [0, 2, 3, 1])], { axis: 1 }) : x;
    // Here every result is whole.
    case 'crop':
    case 'dropout':
    case 'spatial_dropout':
      return x;
    case 'rescaling':
      return g.add(g.mul(x, perChannel(operation.scale)), perChannel(operation.offset));
    case 'batch_normalization': {
      const { layer, channels, epsilon } = operation;
      const moving = ['moving_mean', 'moving_variance'].map((name) => named(`${layer}/${name}`, [channels]));
      return g.op('BatchNormalization', [x, ...affine(operation), ...moving], { epsilon: { float: epsilon } });
    }
    case 'layer_normalization': {
      const { epsilon } = operation;
      return channelsLast((t) =>
        g.op('LayerNormalization', [t, ...affine(operation)], { axis: -1, epsilon: { float: epsilon } }),
      );
    }
    case 'group_normalization': {
      const { groups, channels, epsilon, output } = operation;
      const cut = g.reshape(x, [0, groups, -1]);
      const plain = [filled(groups, 1), filled(groups, 0)];
      const normal = g.op('InstanceNormalization', [cut, ...plain], { epsilon: { float: epsilon } });
      const t = g.reshape(normal, map ? [0, channels, output[0]!, output[1]!] : [0, channels]);
      const [gamma, beta] = affine(operation).map((p) => (map ? g.reshape(p, [channels, 1, 1]) : p));
      return g.add(g.mul(t, gamma!), beta!);
    }
    case 'add':
      return g.op('Sum', xs);
    case 'multiply':
      return xs.reduce((a, b) => g.mul(a, b));
    case 'concatenate':
      return g.concat(xs, 1);
  }
}
