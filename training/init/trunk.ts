import { isIdentity } from '../augment/is-identity.ts';
import type { RunConfig } from '../config.ts';
import type { LayerInfo } from '../layers/shape.ts';
import { LayerSpec } from '../layers/spec.ts';

/** A model cut in two where one tensor goes from the first part to the second. */
export interface Trunk {
  /** Everything before the cut; its last layer gives the features. */
  layers: LayerSpec[];
  /** What comes out: a feature map, or a row of numbers. */
  output: readonly number[];
  /** The name of the layer that gives it. */
  name: string;
  /** The rest, as a model whose image is those features. Its layers have the places and names that they have in the whole model. */
  head: LayerSpec[];
  /** Rows, columns, channels of the head's input. */
  headInput: readonly [number, number, number];
}

const random = (layer: LayerSpec): boolean =>
  (layer.type === 'Dropout' || layer.type === 'SpatialDropout2D') && layer.rate > 0;

/** Whether a layer computes the same of the same image in every epoch: nothing random, nothing that changes, no penalty on the loss. */
const constant = (layer: LayerSpec, info: LayerInfo): boolean =>
  !random(layer) &&
  info.parameters.every(({ trainable, regularizer }) => !trainable && regularizer === null) &&
  (layer.type !== 'BatchNormalization' || !layer.trainable);

/**
 * The largest part of a model, from the image on, that computes the same of an image in every epoch and hands one tensor to the
 * rest. Null where there is none with weights in it, or nothing would be left.
 */
export function trunkOf(layers: readonly LayerSpec[], infos: readonly LayerInfo[]): Trunk | null {
  const varying = layers.findIndex((layer, i) => !constant(layer, infos[i]!));
  for (let cut = Math.min(varying < 0 ? layers.length : varying, layers.length - 1); cut > 0; cut--) {
    if (!infos.slice(0, cut).some(({ parameters }) => parameters.length > 0)) return null;
    // Whatever the rest reads from before the cut must be the last layer before it.
    if (infos.slice(cut).every(({ from }) => from.every((index) => index >= cut - 1))) return cutAt(layers, infos, cut);
  }
  return null;
}

/** A name that no layer has. */
function free(name: string, infos: readonly LayerInfo[]): string {
  const taken = new Set(infos.map((info) => info.name));
  let own = name;
  for (let n = 1; taken.has(own); n++) own = `${name}_${n}`;
  return own;
}

function cutAt(layers: readonly LayerSpec[], infos: readonly LayerInfo[], cut: number): Trunk {
  const { output, name } = infos[cut - 1]!;
  const map = output.length === 3;
  const named = layers.map((layer, i) => ({ ...layer, name: infos[i]!.name }));
  // Layers that do nothing stand for the trunk's: dropout draws its masks by a layer's place in the model.
  const placeholders = named.slice(0, cut).map((_, i) =>
    i < cut - 1 || map
      ? LayerSpec.parse({
          type: 'Activation',
          activation: 'linear',
          name: i < cut - 1 ? free(`trunk_${i}`, infos) : name,
        })
      : LayerSpec.parse({ type: 'Flatten', name }),
  );
  const [rows = 1, columns = 1, channels = 1] = map ? output : [1, 1, output[0]!];
  const flat = map ? [LayerSpec.parse({ type: 'Flatten', name: free('features', infos) })] : [];
  return {
    layers: [...named.slice(0, cut), ...flat],
    output,
    name,
    head: [...placeholders, ...named.slice(cut)],
    headInput: [rows, columns, channels],
  };
}

/** Null where a run's training images come to the model unchanged in every epoch; else what changes them. */
export function whatVaries({ augmentation }: Pick<RunConfig, 'augmentation'>): string | null {
  if (augmentation.mixup || augmentation.cutmix) return 'images are mixed';
  return isIdentity(augmentation) ? null : 'images are augmented';
}
