import { asPair } from './parameters.ts';
import type { LayerInfo, Shape } from './shape.ts';
import type { LayerSpec } from './spec.ts';

const product = (shape: Shape): number => shape.reduce((a, b) => a * b, 1);

/** Multiply-adds of one image's forward pass; of products and convolutions only, as usually counted. */
export function multiplyAdds(layer: LayerSpec, input: Shape, output: Shape): number {
  const channels = input.at(-1)!;
  switch (layer.type) {
    case 'Conv2D':
      return (product(output) * product(asPair(layer.kernel_size)) * channels) / layer.groups;
    case 'DepthwiseConv2D':
      return product(output) * product(asPair(layer.kernel_size));
    case 'SeparableConv2D': {
      const between = output[0]! * output[1]! * channels * layer.depth_multiplier;
      return between * (product(asPair(layer.kernel_size)) + layer.filters);
    }
    case 'Conv2DTranspose':
      return product(input) * product(asPair(layer.kernel_size)) * layer.filters;
    case 'Dense':
      return product(output) * channels;
    default:
      return 0;
  }
}

/** What a model takes. Optimizers hold one to three more numbers for each that learns. */
export interface ModelCost {
  parameters: number;
  trainable: number;
  /** Of one image's forward pass; a training step does about three times as many. */
  multiplyAdds: number;
  /** Every layer's output for one image, in float32: what a training step keeps for its way back. */
  activationBytes: number;
}

export function modelCost(layers: readonly LayerInfo[]): ModelCost {
  const sum = (of: (layer: LayerInfo) => number) => layers.reduce((total, layer) => total + of(layer), 0);
  return {
    parameters: sum((layer) => layer.parameterCount),
    trainable: sum(({ parameters }) =>
      parameters.reduce((total, p) => total + (p.trainable ? product(p.shape) : 0), 0),
    ),
    multiplyAdds: sum((layer) => layer.multiplyAdds),
    activationBytes: sum((layer) => layer.activationBytes),
  };
}

const grouped = (n: number): string => String(n).replace(/\B(?=(\d{3})+(?!\d))/g, ',');

/** 0.3 G, 24 M: three digits at most. */
export function short(n: number): string {
  const [value, unit] = n >= 1e9 ? [n / 1e9, ' G'] : n >= 1e6 ? [n / 1e6, ' M'] : n >= 1e3 ? [n / 1e3, ' k'] : [n, ''];
  return `${value >= 100 || unit === '' ? Math.round(value) : Number(value.toPrecision(2))}${unit}`;
}

/** One line: "300 M multiply-adds and 54 MB of activations an image; 2,225,153 of 2,259,265 parameters learn". */
export function costLine({ parameters, trainable, multiplyAdds: work, activationBytes }: ModelCost): string {
  const learn = trainable === parameters ? '' : `; ${grouped(trainable)} of ${grouped(parameters)} parameters learn`;
  return `${short(work)} multiply-adds and ${short(activationBytes)}B of activations an image${learn}`;
}
