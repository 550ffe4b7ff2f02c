import type { Activation } from '@tidemark/training/layers/arguments';
import { FROM_IMAGE } from '@tidemark/training/layers/inputs';
import type { LayerInfo } from '@tidemark/training/layers/shape';
import type { LayerSpec } from '@tidemark/training/layers/spec';
import { activate } from './activate.ts';
import { activationOf, applyLayer, type Mode } from './apply-layer.ts';
import type { Tensor, TensorFlow } from './tensorflow.ts';

export interface Forward {
  /** Before `activation`, which is the last layer's: losses are more exact from what goes into it. */
  output: Tensor;
  activation: Activation;
  /** Next moving statistics, when training. */
  updates: Record<string, Tensor>;
}

/** The layers in their order, each on what it reads. `layers` and `infos` are of one length. */
export function forward(
  tf: TensorFlow,
  { layers, infos }: { layers: readonly LayerSpec[]; infos: readonly LayerInfo[] },
  weights: Readonly<Record<string, Tensor>>,
  images: Tensor,
  mode: Mode,
): Forward {
  const updates: Record<string, Tensor> = {};
  const results: Tensor[] = [];
  const last = layers.length - 1;
  for (const [index, spec] of layers.entries()) {
    const info = infos[index]!;
    const inputs = info.from.map((i) => (i === FROM_IMAGE ? images : results[i]!));
    const result = applyLayer(spec, inputs, {
      ...mode,
      tf,
      info,
      weight: (name) => weights[`${info.name}/${name}`]!,
      update: (name, t) => {
        updates[`${info.name}/${name}`] = t;
      },
    });
    results.push(index === last ? result : activate(tf, result, activationOf(spec)));
  }
  return { output: results[last]!, activation: activationOf(layers[last]!), updates };
}
