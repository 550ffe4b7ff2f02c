import type { OptimizerConfig } from '@tidemark/training/config/optimizer';
import type { Optimizer } from './optimizer.ts';

/** Bias correction is in the rate, so ε stands beside the uncorrected root: Kingma and Ba's "epsilon hat". */
export function adam(config: Extract<OptimizerConfig, { name: 'Adam' }>): Optimizer {
  const { beta_1, beta_2, epsilon } = config;
  return {
    slots: ['m', 'v'],
    rate: (step, learningRate) => (learningRate * Math.sqrt(1 - beta_2 ** (step + 1))) / (1 - beta_1 ** (step + 1)),
    update({ g, w, gradient, rate, slot }) {
      const m = g.add(slot('m'), g.scale(g.sub(gradient, slot('m')), 1 - beta_1));
      const v = g.add(slot('v'), g.scale(g.sub(g.mul(gradient, gradient), slot('v')), 1 - beta_2));
      const change = g.div(g.mul(m, rate), g.add(g.unary('Sqrt', v), g.scalar(epsilon)));
      return { w: g.sub(w, change), slots: { m, v } };
    },
  };
}
