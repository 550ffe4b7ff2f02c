import type { LearningRate } from '../config/schedule.ts';
import type { RunConfig } from '../config.ts';
import { selects } from '../glob.ts';
import { layerNames } from '../layers/names.ts';
import type { LayerSpec } from '../layers/spec.ts';

/** A stretch of training in which the same layers learn. A run without `stages` is one. */
export interface Stage {
  index: number;
  /** The epochs [first, end). */
  first: number;
  end: number;
  /** The epochs [rateFrom, rateEnd) have one learning rate, whose steps count from the first. */
  rateFrom: number;
  rateEnd: number;
  learningRate: LearningRate;
  /** The model's layers, with `trainable: false` on those that do not learn. */
  layers: LayerSpec[];
}

type Staged = Pick<RunConfig, 'freeze' | 'stages' | 'epochs' | 'optimizer'>;

/** A config's stages in order, with the layers as each has them. */
export function stagesOf(config: Staged, layers: readonly LayerSpec[]): Stage[] {
  const names = layerNames(layers);
  const { freeze = [], stages = [{ epochs: config.epochs }] } = config;
  const frozen = new Set(names.filter((name) => selects(freeze, name)));
  let end = 0;
  let rateFrom = 0;
  let learningRate = config.optimizer.learning_rate;
  const made = stages.map((stage, index): Stage => {
    for (const name of [...frozen]) if (selects(stage.unfreeze ?? [], name)) frozen.delete(name);
    const first = end;
    end += stage.epochs;
    if (stage.learning_rate !== undefined) {
      learningRate = stage.learning_rate;
      rateFrom = first;
    }
    return { index, first, end, rateFrom, rateEnd: 0, learningRate, layers: freezeLayers(layers, names, frozen) };
  });
  for (const stage of made) stage.rateEnd = made.findLast((other) => other.rateFrom === stage.rateFrom)!.end;
  return made;
}

/** The stage that an epoch lies in; the last one after the end. */
export const stageAt = (stages: readonly Stage[], epoch: number): Stage =>
  stages.find(({ end }) => epoch < end) ?? stages.at(-1)!;

function freezeLayers(
  layers: readonly LayerSpec[],
  names: readonly string[],
  frozen: ReadonlySet<string>,
): LayerSpec[] {
  return layers.map((layer, i) =>
    'trainable' in layer && frozen.has(names[i]!) ? { ...layer, trainable: false } : layer,
  );
}
