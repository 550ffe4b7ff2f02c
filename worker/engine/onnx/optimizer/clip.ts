import type { OptimizerConfig } from '@tidemark/training/config/optimizer';
import type { Graph, Ref } from '../graph.ts';

type Gradients = ReadonlyMap<string, Ref>;

const each = (gradients: Gradients, change: (gradient: Ref) => Ref): Gradients =>
  new Map([...gradients].map(([name, gradient]) => [name, change(gradient)]));

const squares = (g: Graph, gradient: Ref): Ref => g.op('ReduceSumSquare', [gradient], { keepdims: 0 });

/** Keras's `_clip_gradients` (base_optimizer.py): by each parameter's norm, by all together's, or number by number. */
export function clip(g: Graph, config: OptimizerConfig, gradients: Gradients): Gradients {
  const { clipnorm, global_clipnorm: globalNorm, clipvalue } = config;
  if (clipnorm !== undefined) {
    const most = g.scalar(clipnorm);
    return each(gradients, (gradient) => {
      const norm = g.unary('Sqrt', squares(g, gradient));
      return g.div(g.mul(gradient, most), g.op('Max', [norm, most]));
    });
  }
  if (globalNorm !== undefined) {
    const norm = g.unary('Sqrt', g.total([...gradients.values()].map((gradient) => squares(g, gradient))));
    const least = g.op('Min', [g.div(g.scalar(1), norm), g.scalar(1 / globalNorm)]);
    // A norm that is not finite makes every gradient NaN, so that it is seen.
    const scale = g.add(g.scale(least, globalNorm), g.sub(norm, norm));
    return each(gradients, (gradient) => g.mul(gradient, scale));
  }
  if (clipvalue !== undefined) {
    return each(gradients, (gradient) => g.op('Clip', [gradient, g.scalar(-clipvalue), g.scalar(clipvalue)]));
  }
  return gradients;
}
