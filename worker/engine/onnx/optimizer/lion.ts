import type { OptimizerConfig } from '@tidemark/training/config/optimizer';
import type { Optimizer } from './optimizer.ts';

/** Chen et al., arXiv:2302.06675: a step of the rate's length along the sign of a mean of gradients. */
export function lion(config: Extract<OptimizerConfig, { name: 'Lion' }>): Optimizer {
  const { beta_1, beta_2 } = config;
  return {
    slots: ['momentum'],
    rate: (_update, learningRate) => learningRate,
    update({ g, w, gradient, rate, slot }) {
      const blend = (keep: number) => g.add(g.scale(slot('momentum'), keep), g.scale(gradient, 1 - keep));
      const sign = g.op('Sign', [blend(beta_1)]);
      return { w: g.sub(w, g.mul(sign, rate)), slots: { momentum: blend(beta_2) } };
    },
  };
}
