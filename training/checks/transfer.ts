import type { RunConfig } from '../config.ts';
import { globMatches, selects } from '../glob.ts';
import { initSource } from '../init/source.ts';
import { stagesOf } from '../init/stages.ts';
import type { ConfigIssue } from '../issues.ts';
import { layerNames } from '../layers/names.ts';
import type { LayerSpec } from '../layers/spec.ts';
import { nearest } from '../nearest.ts';
import type { Check } from './check.ts';

/** Patterns each of which must match a layer: one that matches none is a slip of the pen. */
function matchSomething(
  patterns: readonly string[],
  names: readonly string[],
  path: ConfigIssue['path'],
  what: string,
): ConfigIssue[] {
  return patterns.flatMap((pattern) => {
    const positive = pattern.replace(/^!/, '');
    if (names.some((name) => globMatches(positive, name))) return [];
    const meant = nearest(positive, names);
    return [
      {
        path,
        message: `\`${pattern}\` matches no ${what}`,
        value: pattern,
        allowed: `a pattern of ${names.slice(0, 12).join(', ')}${names.length > 12 ? ', …' : ''}`,
        ...(meant ? { hint: `Did you mean \`${meant}\`?` } : {}),
      },
    ];
  });
}

const learns = (layer: LayerSpec): boolean => 'trainable' in layer && layer.trainable;

export const initIsKnown: Check = ({ init }, layers) => {
  if (!init) return [];
  const issues = matchSomething(init.include ?? [], layerNames(layers), ['init', 'include'], 'layer');
  if (initSource(init.from)) return issues;
  const bare = /^([\w.-]*#\d+|[0-9a-f]{32})$/.test(init.from);
  return [
    {
      path: ['init', 'from'],
      message: '`init.from` names no source of weights',
      value: init.from,
      allowed:
        'a checkpoint (`#17/best`, `<run id>/latest`), a version of a model (`models:/NAME@ALIAS`, `models:/NAME/3`), the name of registered weights, or a file (.onnx, .safetensors, .pt, .pth, .h5, .keras, .whl, .zip, model.json)',
      ...(bare ? { hint: `Say which checkpoint: \`${init.from}/best\`.` } : {}),
    },
    ...issues,
  ];
};

export const stagesHold: Check = (config, layers) => [
  ...frozenHold(config, layers),
  ...epochsAddUp(config),
  ...ratesAreKnown(config),
];

/** A plateau's state belongs to the whole run. */
function ratesAreKnown({ stages = [] }: RunConfig): ConfigIssue[] {
  return stages.flatMap(({ learning_rate: rate }, index) =>
    typeof rate === 'object' && rate.schedule === 'reduce_on_plateau'
      ? [
          {
            path: ['stages', index, 'learning_rate', 'schedule'],
            message: 'A stage’s rate cannot be `reduce_on_plateau`',
            value: rate.schedule,
            allowed: 'a number, or another schedule',
            hint: 'Set it in `optimizer.learning_rate`, for the whole run.',
          },
        ]
      : [],
  );
}

function frozenHold(config: RunConfig, layers: readonly LayerSpec[]): ConfigIssue[] {
  const { freeze = [], stages } = config;
  const names = layerNames(layers);
  const weighted = names.filter((_, i) => 'trainable' in layers[i]!);
  const issues = matchSomething(freeze, names, ['freeze'], 'layer');
  let frozen = weighted.filter((name) => selects(freeze, name));
  for (const [index, { unfreeze = [] }] of (stages ?? []).entries()) {
    const path = ['stages', index, 'unfreeze'];
    issues.push(...matchSomething(unfreeze, frozen, path, 'layer that is frozen before this stage'));
    frozen = frozen.filter((name) => !selects(unfreeze, name));
  }
  if (issues.length > 0 || freeze.length === 0) return issues;
  const idle = stagesOf(config, layers).find((stage) => !stage.layers.some(learns));
  if (!idle) return [];
  return [
    {
      path: stages ? ['stages', idle.index] : ['freeze'],
      message: stages ? `In stage ${idle.index} every layer is frozen` : 'Every layer is frozen',
      allowed: 'at least one layer that learns',
    },
  ];
}

function epochsAddUp({ stages, epochs }: RunConfig): ConfigIssue[] {
  const sum = stages?.reduce((total, stage) => total + stage.epochs, 0) ?? epochs;
  if (sum === epochs) return [];
  return [
    {
      path: ['epochs'],
      message: `The stages have ${sum} epochs, but \`epochs\` is ${epochs}`,
      value: epochs,
      allowed: String(sum),
    },
  ];
}
