import type { ParameterInfo } from '@tidemark/training/layers/shape';
import { Graph, type Ref } from './graph.ts';
import type { Optimizer } from './optimizer/optimizer.ts';

/** Where a graph's output for the next value of a state tensor is. */
export const nextName = (name: string): string => `next/${name}`;

const rateInput = (g: Graph): Ref => (g.inputs.some((i) => i.name === 'rate') ? 'rate' : g.input('rate', []));

/** One parameter's update: reads its graph input, its slots and the scalar input `rate`; gives `next/…` of all. */
export function lowerUpdate(
  g: Graph,
  optimizer: Optimizer,
  { name, shape }: Pick<ParameterInfo, 'name' | 'shape'>,
  gradient: Ref,
): void {
  g.prefix = 'update_';
  const slot = (s: string) => `${name}/${s}`;
  for (const s of optimizer.slots) g.input(slot(s), shape);
  const next = optimizer.update({ g, w: name, gradient, rate: rateInput(g), slot });
  g.output(nextName(name), next.w, shape);
  for (const s of optimizer.slots) g.output(nextName(slot(s)), next.slots[s]!, shape);
}

/** The update alone, from two parts' gradients: inputs `gradient0/…` and `gradient1/…`. */
export function updateGraph(parameters: readonly ParameterInfo[], optimizer: Optimizer): Graph {
  const g = new Graph();
  for (const parameter of parameters) {
    const { name, shape } = parameter;
    g.input(name, shape);
    const parts = [0, 1].map((part) => g.input(`gradient${part}/${name}`, shape));
    lowerUpdate(g, optimizer, parameter, g.add(parts[0]!, parts[1]!));
  }
  return g;
}
