import { multiplyAdds } from './cost.ts';
import { FROM_IMAGE, resolveInputs } from './inputs.ts';
import { layerNames } from './names.ts';
import { outputShape } from './output-shape.ts';
import { layerParameters, type ParameterInfo } from './parameters.ts';
import type { ShapeProblem } from './problem.ts';
import type { LayerSpec } from './spec.ts';

export { asPair, type ParameterInfo } from './parameters.ts';
export type { ShapeProblem } from './problem.ts';

/** Without the batch axis: [rows, columns, channels] of a feature map, or [size]. */
export type Shape = readonly number[];

export interface LayerInfo {
  index: number;
  name: string;
  type: LayerSpec['type'];
  /** The layers that it reads, by index; −1 for the image. */
  from: readonly number[];
  /** The shape of each of them; `input` is the first. */
  inputs: readonly Shape[];
  input: Shape;
  output: Shape;
  parameters: ParameterInfo[];
  parameterCount: number;
  /** Of one image's forward pass. */
  multiplyAdds: number;
  /** What its output takes per image, in float32. */
  activationBytes: number;
}

export interface InferredShapes {
  /** Up to the first layer whose shape cannot be told. */
  layers: LayerInfo[];
  problem: ShapeProblem | null;
}

export const sizeOf = (shape: Shape): number => shape.reduce((a, b) => a * b, 1);

/** A Dense on a feature map is what was meant only if something flattens it further down. */
function forgottenFlatten(layers: readonly LayerInfo[]): ShapeProblem | null {
  if (layers.at(-1)?.output.length === 1) return null;
  const first = layers.find(({ type, input }) => type === 'Dense' && input.length > 1);
  if (!first) return null;
  const hint = 'Add Flatten or GlobalAveragePooling2D before it.';
  return { index: first.index, key: 'type', message: `Dense gets ${first.input.join('×')}`, hint };
}

/**
 * The shape and parameters of every layer, in order, until one does not fit.
 * @param input rows, columns, channels
 */
export function inferShapes(layers: readonly LayerSpec[], input: readonly [number, number, number]): InferredShapes {
  const names = layerNames(layers);
  const graph = resolveInputs(layers);
  const out: LayerInfo[] = [];
  for (const [index, from] of graph.inputs.entries()) {
    const layer = layers[index]!;
    const inputs = from.map((i) => (i === FROM_IMAGE ? input : out[i]!.output));
    const outcome = outputShape(
      layer,
      inputs,
      from.map((i) => names[i] ?? 'input'),
    );
    if ('key' in outcome) return { layers: out, problem: { index, ...outcome } };
    const parameters = layerParameters(layer, names[index]!, inputs[0]!.at(-1)!);
    out.push({
      index,
      name: names[index]!,
      type: layer.type,
      from,
      inputs,
      input: inputs[0]!,
      output: outcome.output,
      parameters,
      parameterCount: parameters.reduce((sum, p) => sum + sizeOf(p.shape), 0),
      multiplyAdds: multiplyAdds(layer, inputs[0]!, outcome.output),
      activationBytes: 4 * sizeOf(outcome.output),
    });
  }
  return { layers: out, problem: graph.problem ?? forgottenFlatten(out) };
}
