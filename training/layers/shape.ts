import { layerNames } from './names.ts';
import type { LayerSpec } from './spec.ts';

/** Without the batch axis: [rows, columns, channels] of a feature map, or [size]. */
export type Shape = readonly number[];

export interface ParameterInfo {
  /** `conv2d/kernel`. Kernels are in Keras's order: rows, columns, in, out. */
  name: string;
  shape: Shape;
  trainable: boolean;
}

export interface LayerInfo {
  index: number;
  name: string;
  type: LayerSpec['type'];
  input: Shape;
  output: Shape;
  parameters: ParameterInfo[];
  parameterCount: number;
  /** What its output takes per image, in float32. */
  activationBytes: number;
}

/** What is wrong with a layer, and what would mend it. */
export interface ShapeProblem {
  index: number;
  /** The key of the layer's spec that causes it. */
  key: string;
  message: string;
  hint: string;
}

export interface InferredShapes {
  /** Up to the first layer whose shape cannot be told. */
  layers: LayerInfo[];
  problem: ShapeProblem | null;
}

export const sizeOf = (shape: Shape): number => shape.reduce((a, b) => a * b, 1);
export const asPair = (value: number | readonly [number, number]): readonly [number, number] =>
  typeof value === 'number' ? [value, value] : value;

/** Length along one axis after a window slid over it (`valid`, or `same` with zero padding), as in Keras. */
export function outputLength(input: number, window: number, stride: number, padding: 'valid' | 'same'): number {
  return padding === 'same' ? Math.ceil(input / stride) : Math.floor((input - window) / stride) + 1;
}

const text = (shape: Shape): string => shape.join('×');

type Outcome = { output: Shape; parameters: ParameterInfo[] } | Omit<ShapeProblem, 'index'>;

function windowed(
  what: string,
  key: string,
  input: Shape,
  window: readonly [number, number],
  strides: readonly [number, number],
  padding: 'valid' | 'same',
): readonly [number, number] | Omit<ShapeProblem, 'index'> {
  const [h, w] = [
    outputLength(input[0]!, window[0], strides[0], padding),
    outputLength(input[1]!, window[1], strides[1], padding),
  ];
  if (h >= 1 && w >= 1) return [h, w];
  return {
    key,
    message: `A ${text(window)} ${what} needs at least ${text(window)} pixels, but gets ${text(input.slice(0, 2))}`,
    hint: 'Remove a pooling layer before it, use larger images, or set padding: same.',
  };
}

function infer(layer: LayerSpec, name: string, input: Shape): Outcome {
  const parameter = (part: string, shape: Shape, trainable = true): ParameterInfo => ({
    name: `${name}/${part}`,
    shape,
    trainable,
  });
  const needsMap = {
    key: 'type',
    message: `${layer.type} needs rows, columns and channels, but gets a vector of ${text(input)}`,
    hint: 'Put it before Flatten.',
  };
  switch (layer.type) {
    case 'Conv2D': {
      if (input.length !== 3) return needsMap;
      const kernel = asPair(layer.kernel_size);
      const size = windowed('convolution', 'kernel_size', input, kernel, asPair(layer.strides), layer.padding);
      if ('key' in size) return size;
      const parameters = [parameter('kernel', [...kernel, input[2]!, layer.filters])];
      if (layer.use_bias) parameters.push(parameter('bias', [layer.filters]));
      return { output: [...size, layer.filters], parameters };
    }
    case 'MaxPooling2D':
    case 'AveragePooling2D': {
      if (input.length !== 3) return needsMap;
      const window = asPair(layer.pool_size);
      const size = windowed(
        'pooling window',
        'pool_size',
        input,
        window,
        asPair(layer.strides ?? layer.pool_size),
        layer.padding,
      );
      if ('key' in size) return size;
      return { output: [...size, input[2]!], parameters: [] };
    }
    case 'GlobalAveragePooling2D':
      return input.length === 3 ? { output: [input[2]!], parameters: [] } : needsMap;
    case 'Flatten':
      return { output: [sizeOf(input)], parameters: [] };
    case 'Dense': {
      // On a feature map Dense works on the channels, as in Keras.
      const parameters = [parameter('kernel', [input.at(-1)!, layer.units])];
      if (layer.use_bias) parameters.push(parameter('bias', [layer.units]));
      return { output: [...input.slice(0, -1), layer.units], parameters };
    }
    case 'BatchNormalization': {
      const channels = [input.at(-1)!];
      const fixed = ['moving_mean', 'moving_variance'].map((part) => parameter(part, channels, false));
      return { output: input, parameters: [parameter('gamma', channels), parameter('beta', channels), ...fixed] };
    }
    case 'Dropout':
    case 'Activation':
      return { output: input, parameters: [] };
  }
}

/** A Dense on a feature map is what was meant only if something flattens it further down. */
function forgottenFlatten(layers: readonly LayerInfo[]): ShapeProblem | null {
  if (layers.at(-1)?.output.length === 1) return null;
  const first = layers.find(({ type, input }) => type === 'Dense' && input.length > 1);
  if (!first) return null;
  const hint = 'Add Flatten or GlobalAveragePooling2D before it.';
  return { index: first.index, key: 'type', message: `Dense gets ${text(first.input)}`, hint };
}

/**
 * The shape and parameters of every layer, in order, until one does not fit.
 * @param input rows, columns, channels
 */
export function inferShapes(layers: readonly LayerSpec[], input: readonly [number, number, number]): InferredShapes {
  const names = layerNames(layers);
  const out: LayerInfo[] = [];
  let shape: Shape = input;
  for (const [index, layer] of layers.entries()) {
    const outcome = infer(layer, names[index]!, shape);
    if ('key' in outcome) return { layers: out, problem: { index, ...outcome } };
    const { output, parameters } = outcome;
    const parameterCount = parameters.reduce((sum, p) => sum + sizeOf(p.shape), 0);
    out.push({
      index,
      name: names[index]!,
      type: layer.type,
      input: shape,
      output,
      parameters,
      parameterCount,
      activationBytes: 4 * sizeOf(output),
    });
    shape = output;
  }
  return { layers: out, problem: forgottenFlatten(out) };
}
