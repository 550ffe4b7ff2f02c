import type { OptimizerConfig } from '@tidemark/training/config/optimizer';
import type { Ref } from '../graph.ts';
import type { Optimizer } from './optimizer.ts';

/**
 * Bias correction is in the rate, so ε stands beside the uncorrected root: Kingma and Ba's "epsilon hat". AdamW differs by its
 * weight decay alone, which every optimizer may have.
 */
export function adam(config: Extract<OptimizerConfig, { name: 'Adam' | 'AdamW' }>): Optimizer {
  const { beta_1, beta_2, epsilon, amsgrad } = config;
  return {
    slots: ['m', 'v', ...(amsgrad ? ['v_hat'] : [])],
    rate: (update, learningRate) =>
      (learningRate * Math.sqrt(1 - beta_2 ** (update + 1))) / (1 - beta_1 ** (update + 1)),
    update({ g, w, gradient, rate, slot }) {
      const m = g.add(slot('m'), g.scale(g.sub(gradient, slot('m')), 1 - beta_1));
      const v = g.add(slot('v'), g.scale(g.sub(g.mul(gradient, gradient), slot('v')), 1 - beta_2));
      const slots: Record<string, Ref> = { m, v };
      if (amsgrad) slots.v_hat = g.op('Max', [slot('v_hat'), v]);
      const change = g.div(g.mul(m, rate), g.add(g.unary('Sqrt', slots.v_hat ?? v), g.scalar(epsilon)));
      return { w: g.sub(w, change), slots };
    },
  };
}
