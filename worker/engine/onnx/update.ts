import type { OptimizerConfig } from '@tidemark/training/config/optimizer';
import type { ParameterInfo } from '@tidemark/training/layers/shape';
import { Graph, type Ref } from './graph.ts';
import { clip } from './optimizer/clip.ts';
import { type Optimizer, optimizer } from './optimizer/optimizer.ts';
import { withPenalty } from './regularizer.ts';
import type { Step } from './stepper.ts';

// What Keras's base optimizer does around an optimizer's formula (base_optimizer.py), in its order: gradients, the
// regularisers' with them, are accumulated, clipped, weights decay, the formula is applied, the moving average follows. With accumulation every step runs the
// same graph and a scalar says whether what was computed is taken, so that there is one graph, and one set of bytes, for all.

/** Where a graph's output for the next value of a state tensor is. */
export const nextName = (name: string): string => `next/${name}`;

type Scalar = 'rate' | 'decay' | 'apply' | 'ema_momentum' | 'overwrite';

/** All that is to know of a run's optimizer. */
export interface UpdateRule {
  config: OptimizerConfig;
  formula: Optimizer;
  /** Tensors kept beside each trained parameter. `ema` starts as the parameter, the others at zero. */
  slots: readonly string[];
  /** The scalars that graphs with `lowerUpdates` in them are fed. */
  scalars(step: Step): Partial<Record<Scalar, number>>;
}

export function updateRule(config: OptimizerConfig): UpdateRule {
  const { gradient_accumulation_steps: accumulated, ema_overwrite_frequency: frequency } = config;
  const { weight_decay: decay, use_ema: ema, ema_momentum: momentum } = config;
  const formula = optimizer(config);
  return {
    config,
    formula,
    slots: [...formula.slots, ...(accumulated ? ['accumulated'] : []), ...(ema ? ['ema'] : [])],
    scalars({ step, learningRate }) {
      const update = Math.floor(step / (accumulated ?? 1));
      return {
        rate: formula.rate(update, learningRate),
        ...(decay === undefined ? {} : { decay: decay * learningRate }),
        ...(accumulated ? { apply: (step + 1) % accumulated === 0 ? 1 : 0 } : {}),
        // Up to and with the first update the average is the weights themselves.
        ...(ema ? { ema_momentum: update === 0 ? 0 : momentum } : {}),
        ...(ema && frequency ? { overwrite: (update + 1) % frequency === 0 ? 1 : 0 } : {}),
      };
    },
  };
}

/** Whether a parameter decays. */
export const decays = ({ weight_decay, exclude_from_weight_decay = [] }: OptimizerConfig, name: string): boolean =>
  weight_decay !== undefined && !exclude_from_weight_decay.some((word) => name.includes(word));

/** A parameter, or a piece of the one named `of`. */
type Updated = Pick<ParameterInfo, 'name' | 'shape' | 'regularizer'> & { of?: string };

/**
 * The updates of all trained parameters, whose names are graph inputs. Adds inputs for their slots and for the scalars of
 * `rule.scalars`; outputs are `next/…` of parameters and slots, in the parameters' order.
 * @param gradients by parameter, of its shape: of this batch's mean loss, without the regularisers' penalty
 */
export function lowerUpdates(
  g: Graph,
  rule: UpdateRule,
  parameters: readonly Updated[],
  gradients: ReadonlyMap<string, Ref>,
): void {
  g.prefix = 'update_';
  const { config, formula } = rule;
  const { gradient_accumulation_steps: steps, use_ema: ema, ema_overwrite_frequency: frequency } = config;
  const scalar = (name: Scalar): Ref => (g.inputs.some((i) => i.name === name) ? name : g.input(name, []));
  for (const { name, shape } of parameters) for (const slot of rule.slots) g.input(`${name}/${slot}`, shape);

  const sums = new Map<string, Ref>();
  for (const parameter of parameters) {
    const { name } = parameter;
    const gradient = withPenalty(g, parameter, gradients.get(name)!);
    sums.set(name, steps ? g.add(gradient, `${name}/accumulated`) : gradient);
  }
  const means = steps ? new Map([...sums].map(([name, t]) => [name, g.div(t, g.scalar(steps))])) : sums;
  const clipped = clip(g, config, means);
  const chosen = steps ? g.positive(scalar('apply')) : null;
  const choose = (taken: Ref, left: Ref): Ref => (chosen ? g.op('Where', [chosen, taken, left]) : taken);

  for (const { name, shape, of = name } of parameters) {
    const slot = (s: string): Ref => `${name}/${s}`;
    const w = decays(config, of) ? g.sub(name, g.mul(name, scalar('decay'))) : name;
    const next = formula.update({ g, w, gradient: clipped.get(name)!, rate: scalar('rate'), slot });
    const values: Record<string, Ref> = {};
    for (const s of formula.slots) values[s] = choose(next.slots[s]!, slot(s));
    if (steps) values.accumulated = choose(g.scalar(0), sums.get(name)!);
    let after = choose(next.w, name);
    if (ema) {
      const momentum = scalar('ema_momentum');
      values.ema = g.add(g.mul(slot('ema'), momentum), g.mul(after, g.sub(g.scalar(1), momentum)));
      if (frequency) after = g.op('Where', [g.positive(scalar('overwrite')), values.ema, after]);
    }
    g.output(nextName(name), after, shape);
    for (const s of rule.slots) g.output(nextName(slot(s)), values[s]!, shape);
  }
}

/** The parameters that learn by gradient, in the order of `parameters`. */
export const trained = <P extends Pick<ParameterInfo, 'trainable'>>(parameters: readonly P[]): P[] =>
  parameters.filter(({ trainable }) => trainable);

/** The update of pieces of parameters alone, from two parts' gradients: inputs `gradient0/…` and `gradient1/…`. */
export function updateGraph(pieces: readonly Updated[], rule: UpdateRule): Graph {
  const g = new Graph();
  const gradients = pieces.map(({ name, shape }) => {
    g.input(name, shape);
    const parts = [0, 1].map((part) => g.input(`gradient${part}/${name}`, shape));
    return [name, g.add(parts[0]!, parts[1]!)] as const;
  });
  lowerUpdates(g, rule, pieces, new Map(gradients));
  return g;
}
