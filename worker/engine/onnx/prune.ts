import type { Graph } from './graph.ts';

/**
 * Drops nodes that no output needs: gradients of a kernel that does not learn, say. ONNX Runtime would run them all the
 * same, for the graphs are taken as they are.
 */
export function prune<T extends { g: Graph }>(net: T): T {
  const { nodes, outputs } = net.g;
  const needed = new Set<string>(outputs.map(({ name }) => name));
  const kept = nodes.toReversed().filter(({ output, inputs }) => {
    if (!needed.has(output)) return false;
    for (const i of inputs) needed.add(i);
    return true;
  });
  nodes.splice(0, nodes.length, ...kept.reverse());
  return net;
}
