import type { OptimizerConfig } from '@tidemark/training/config/optimizer';
import type { Ref } from '../graph.ts';
import type { Optimizer } from './optimizer.ts';

/** ε is under the root, beside the (centred) second moment. */
export function rmsprop(config: Extract<OptimizerConfig, { name: 'RMSprop' }>): Optimizer {
  const { rho, momentum, epsilon, centered } = config;
  return {
    slots: ['rms', ...(momentum > 0 ? ['momentum'] : []), ...(centered ? ['mean'] : [])],
    rate: (_step, learningRate) => learningRate,
    update({ g, w, gradient, rate, slot }) {
      const slots: Record<string, Ref> = {};
      const squares = g.scale(g.mul(gradient, gradient), 1 - rho);
      slots.rms = g.add(g.scale(slot('rms'), rho), squares);
      let moment = slots.rms;
      if (centered) {
        slots.mean = g.add(g.scale(slot('mean'), rho), g.scale(gradient, 1 - rho));
        moment = g.sub(moment, g.mul(slots.mean, slots.mean));
      }
      let change = g.div(g.mul(gradient, rate), g.unary('Sqrt', g.add(moment, g.scalar(epsilon))));
      if (momentum > 0) {
        change = g.add(g.scale(slot('momentum'), momentum), change);
        slots.momentum = change;
      }
      return { w: g.sub(w, change), slots };
    },
  };
}
