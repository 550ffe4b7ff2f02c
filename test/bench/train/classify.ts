import type { Graph } from '@tidemark/worker/engine/onnx/graph';

/** What a node is computed for: `input` and `filter` gradients, or `shared` by both. */
export type Part = 'forward' | 'input' | 'filter' | 'shared' | 'update';

/** The layer that a node's name begins with (`3_conv2d_2_f4_MatMul_17`), or the part of the graph outside layers. */
export const layerOf = (node: string): string =>
  /^\d+_(.+?)_(?:[fb]\d*_)?[A-Z]/.exec(node)?.[1] ?? (node.startsWith('update_') ? 'update' : 'head');

/** `Graph.after`'s order is not a reason to compute something. */
const reads = ({ op, inputs }: { op: string; inputs: readonly string[] }): readonly string[] =>
  op === 'Where' && inputs[1] === inputs[2] ? inputs.slice(1) : inputs;

/** Sorts a training graph's nodes by what of the graph's outputs needs them. */
export function partsOf({ nodes, outputs }: Graph): Map<string, Part> {
  const needs = new Map<string, Set<string>>(outputs.map(({ name }) => [name, new Set([name])]));
  const parts = new Map<string, Part>();
  for (const node of nodes.toReversed()) {
    const reached = needs.get(node.output) ?? new Set<string>();
    for (const input of reads(node)) {
      const known = needs.get(input) ?? new Set<string>();
      for (const name of reached) known.add(name);
      needs.set(input, known);
    }
    const results = [...reached].map((name) => name.replace(/^(gradient|next)\//, ''));
    const layer = layerOf(node.name);
    const own = results.some((name) => name.startsWith(`${layer}/`));
    const others = results.some((name) => !name.startsWith(`${layer}/`));
    const forward = results.some((name) => name === 'loss' || name === 'probabilities' || /moving_/.test(name));
    if (node.name.startsWith('update_') || node.name.startsWith('out/')) parts.set(node.name, 'update');
    else if (forward || layer === 'head') parts.set(node.name, 'forward');
    else parts.set(node.name, own ? (others ? 'shared' : 'filter') : 'input');
  }
  return parts;
}
