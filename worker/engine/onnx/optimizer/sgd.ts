import type { OptimizerConfig } from '@tidemark/training/config/optimizer';
import type { Optimizer } from './optimizer.ts';

export function sgd(config: Extract<OptimizerConfig, { name: 'SGD' }>): Optimizer {
  const { momentum, nesterov } = config;
  return {
    slots: momentum > 0 ? ['momentum'] : [],
    rate: (_step, learningRate) => learningRate,
    update({ g, w, gradient, rate, slot }) {
      const step = g.mul(gradient, rate);
      if (momentum === 0) return { w: g.sub(w, step), slots: {} };
      const m = g.sub(g.scale(slot('momentum'), momentum), step);
      return { w: g.add(w, nesterov ? g.sub(g.scale(m, momentum), step) : m), slots: { momentum: m } };
    },
  };
}
