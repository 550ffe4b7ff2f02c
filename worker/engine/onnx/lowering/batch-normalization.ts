import type { Ref } from '../graph.ts';
import { asFeatures, asMap, natural, single, stored } from '../strips.ts';
import type { FeatureMap, Lowered, LoweringContext, Value } from '../value.ts';

interface BatchNormalization {
  layer: string;
  momentum: number;
  epsilon: number;
  channels: number;
}

/**
 * Keras's BatchNormalization over the last axis: biased variance in the batch and in the moving average.
 * Statistics are over the whole map, of which `output` is the part that is used.
 * Backward: dx = γ/σ · (dy − mean(dy) − x̂ · mean(dy · x̂)) (Ioffe and Szegedy 2015).
 */
export function lowerBatchNormalization(
  context: LoweringContext,
  spec: BatchNormalization,
  output: readonly number[],
): Lowered {
  const { g, images, training } = context;
  const { layer, momentum, epsilon, channels } = spec;
  const parameter = (name: string) => context.parameter(`${layer}/${name}`);
  let x: Value;
  let normal: Ref = '';
  let inverse: Ref = '';

  // Means row by row first: shorter sums of float32, and each row stays in cache.
  const flat = (value: Value): Ref =>
    value.kind === 'features'
      ? g.reshape(value.t, [1, images, channels])
      : g.reshape(natural(g, value), [value.rows, value.columns.at.length * images, channels]);
  const mean = (t: Ref) => g.mean(g.mean(t, [1]), [0]);
  const unflat = (t: Ref): Value => {
    if (x.kind === 'features') return { ...x, t: g.reshape(t, [images, channels]) };
    const width = x.columns.at.length;
    return single(g.reshape(t, [x.rows, width, images, channels]), x.rows, width, channels);
  };
  const [rows = 1, columns = 1] = output;
  const crop = (value: Value): Value => {
    if (value.kind === 'features' || (value.rows === rows && value.columns.at.length === columns)) return value;
    const part = g.slices(natural(g, value), [0, 1], [0, 0], [rows, columns], [1, 1]);
    return single(part, rows, columns, channels);
  };
  const uncrop = (value: FeatureMap): FeatureMap => {
    const width = x.kind === 'map' ? x.columns.at.length : columns;
    const high = x.kind === 'map' ? x.rows : rows;
    const t = g.pad(natural(g, value), [0, 0, 0, 0], [high - rows, width - columns, 0, 0]);
    return single(t, high, width, channels);
  };
  const inverseDeviation = (variance: Ref) => g.div(g.scalar(1), g.unary('Sqrt', g.add(variance, g.scalar(epsilon))));
  const follow = (name: string, value: Ref) =>
    context.update(`${layer}/${name}`, g.add(g.scale(parameter(name), momentum), g.scale(value, 1 - momentum)));

  return {
    forward(value) {
      x = value;
      if (!training) {
        const scale = g.mul(parameter('gamma'), inverseDeviation(parameter('moving_variance')));
        const shift = g.sub(parameter('beta'), g.mul(parameter('moving_mean'), scale));
        return crop(unflat(g.add(g.mul(flat(x), scale), shift)));
      }
      const t = flat(x);
      const average = mean(t);
      const centred = g.sub(t, average);
      const variance = mean(g.mul(centred, centred));
      follow('moving_mean', average);
      follow('moving_variance', variance);
      inverse = inverseDeviation(variance);
      normal = g.mul(centred, inverse);
      return crop(unflat(g.add(g.mul(normal, parameter('gamma')), parameter('beta'))));
    },
    backward(value) {
      const dy = flat(x.kind === 'features' ? asFeatures(value) : uncrop(asMap(value)));
      const count = x.kind === 'features' ? images : x.rows * x.columns.at.length * images;
      const meanDy = mean(dy);
      const meanDyNormal = mean(g.mul(dy, normal));
      context.gradient(`${layer}/beta`, g.scale(meanDy, count));
      context.gradient(`${layer}/gamma`, g.scale(meanDyNormal, count));
      if (!context.needsInputGradient) return null;
      const centred = g.sub(g.sub(dy, meanDy), g.mul(normal, meanDyNormal));
      const dx = unflat(g.mul(centred, g.mul(parameter('gamma'), inverse)));
      return x.kind === 'map' ? stored(g, asMap(dx), x, images) : dx;
    },
  };
}
