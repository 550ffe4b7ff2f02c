import { layerNames } from '@tidemark/training/layers/names';
import type { LayerSpec } from '@tidemark/training/layers/spec';
import type { CompileOptions } from './engine.ts';

/** The layers with `trainable: false` on those that `trainable` does not name. */
export function freeze({ layers, trainable }: Pick<CompileOptions, 'layers' | 'trainable'>): readonly LayerSpec[] {
  if (!trainable) return layers;
  const names = layerNames(layers);
  const unknown = trainable.filter((name) => !names.includes(name));
  if (unknown.length > 0) throw new Error(`There is no layer ${unknown.join(', ')} to train`);
  const learning = new Set(trainable);
  return layers.map((layer, i) =>
    'trainable' in layer && !learning.has(names[i]!) ? { ...layer, trainable: false } : layer,
  );
}
