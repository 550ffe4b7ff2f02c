import { RunConfig } from './config.ts';
import { type ConfigIssue, shown, translate } from './issues.ts';
import { layerNames } from './layers/names.ts';
import { inferShapes, type LayerInfo, sizeOf } from './layers/shape.ts';
import type { LayerSpec } from './layers/spec.ts';
import { loggedMetrics } from './monitor.ts';
import { nearest } from './nearest.ts';
import { modelLayers } from './presets/index.ts';

export type { ConfigIssue } from './issues.ts';
export type Validation =
  | { ok: true; config: RunConfig; layers: LayerInfo[]; parameterCount: number }
  | { ok: false; issues: ConfigIssue[]; layers: LayerInfo[] };

/** Weights and optimizer state must fit a worker's memory many times over. */
const MOST_PARAMETERS = 2 ** 31;
/** Numbers that one batch's activations hold, forward only: 32 GiB of float32. */
const MOST_ACTIVATIONS = 2 ** 33;

/** Nobody reads more, and a hostile document has millions. */
const MOST_ISSUES = 50;

type Check = (config: RunConfig, layers: readonly LayerSpec[]) => ConfigIssue[];

const source: Check = ({ data }) => {
  if ((data.path === undefined) !== (data.dataset === undefined)) return [];
  const message =
    data.path === undefined
      ? 'Neither `data.path` nor `data.dataset` says where the images are'
      : '`data.path` and `data.dataset` exclude each other';
  return [
    {
      path: ['data'],
      message,
      allowed: 'exactly one of `path` (a folder on the worker) and `dataset` (a registered one)',
    },
  ];
};

/** Names stand in tables, terminals and logs, each on one line. */
const namesAreOneLine: Check = (config) =>
  (['experiment', 'name'] as const).flatMap((key) => {
    const value = config[key];
    if (value === undefined || !/\p{Cc}/u.test(value)) return [];
    return [
      { path: [key], message: `\`${key}\` has control characters`, value: shown(value), allowed: 'one line of text' },
    ];
  });

const validationImages: Check = ({ data }) =>
  data.validation !== undefined && data.validation_split > 0
    ? [
        {
          path: ['data', 'validation_split'],
          message: '`data.validation` and `data.validation_split` exclude each other',
          value: data.validation_split,
          allowed: '0 with a validation folder',
        },
      ]
    : [];

const layerNamesDiffer: Check = (_config, layers) => {
  const names = layerNames(layers);
  return names.flatMap((name, index) => {
    const earlier = names.indexOf(name);
    if (earlier === index) return [];
    // Of two, at most one has its name from the automatic count; the written one is to change.
    const written = layers[index]!.name === undefined ? earlier : index;
    const other = written === index ? earlier : index;
    return [
      {
        path: ['model', 'layers', written, 'name'],
        message: `Layer ${other} has the name \`${name}\` too`,
        value: name,
        allowed: 'a name of its own',
      },
    ];
  });
};

const zoomStaysPositive: Check = ({ augmentation: { zoom_range: zoom } }) => {
  const low = typeof zoom === 'number' ? 1 - Math.abs(zoom) : Math.min(...zoom);
  return low > 0
    ? []
    : [
        {
          path: ['augmentation', 'zoom_range'],
          message: 'Zoom factors must stay above 0',
          value: shown(zoom),
          allowed: 'a number below 1, or [low, high] above 0',
        },
      ];
};

const monitorIsLogged: Check = ({ checkpoint: { monitor }, data }) => {
  const logged = loggedMetrics(data);
  if (logged.includes(monitor)) return [];
  const everywhere = [...logged, 'val_loss', 'val_accuracy'];
  const unvalidated = !logged.includes('val_loss') && everywhere.includes(monitor);
  const meant = nearest(monitor, logged);
  const hint = unvalidated
    ? 'Set `data.validation_split`, or name a `data.validation` folder.'
    : meant && `Did you mean \`${meant}\`?`;
  return [
    {
      path: ['checkpoint', 'monitor'],
      message: `\`${monitor}\` will never be logged by this run`,
      value: monitor,
      allowed: `one of ${logged.map((key) => `\`${key}\``).join(', ')}`,
      ...(hint ? { hint } : {}),
    },
  ];
};

/** Without validation images the default monitor would never be logged: then it is the loss, unless the document says otherwise. */
function withMonitor(config: RunConfig, document: unknown): RunConfig {
  const { checkpoint } = (document ?? {}) as { checkpoint?: { monitor?: unknown } };
  if (checkpoint?.monitor !== undefined || loggedMetrics(config.data).includes(config.checkpoint.monitor))
    return config;
  return { ...config, checkpoint: { ...config.checkpoint, monitor: 'loss' } };
}

const HEAD = {
  binary: { loss: 'binary_crossentropy', activation: 'sigmoid', units: 'Dense with 1 unit and sigmoid' },
  categorical: {
    loss: 'categorical_crossentropy',
    activation: 'softmax',
    units: 'Dense with one unit a class and softmax',
  },
} as const;

function headFits(config: RunConfig, layers: readonly LayerSpec[], infos: readonly LayerInfo[]): ConfigIssue[] {
  const { class_mode: mode, classes } = config.data;
  const head = HEAD[mode];
  const issues: ConfigIssue[] = [];
  if (config.loss !== head.loss) {
    issues.push({
      path: ['loss'],
      message: `\`class_mode: ${mode}\` needs \`loss: ${head.loss}\``,
      value: config.loss,
      allowed: `\`${head.loss}\``,
    });
  }
  const own = typeof config.model !== 'string';
  const last = layers.at(-1)!;
  const dense = layers.findLastIndex((layer) => layer.type === 'Dense');
  const end = layers.length - 1;
  const at = (index: number, key: string) =>
    own ? ['model', 'layers', index, ...(key in layers[index]! ? [key] : [])] : ['model'];
  const activation = 'activation' in last ? last.activation : 'linear';
  const output = infos.at(-1)!.output;
  if (activation !== head.activation) {
    issues.push({
      path: at(end, 'activation'),
      message: `\`class_mode: ${mode}\` needs a last layer with ${head.activation}`,
      value: activation,
      allowed: head.units,
    });
  }
  const units = mode === 'binary' ? 1 : classes?.length;
  const wrong = output.length !== 1 || (units === undefined ? output[0]! < 2 : output[0] !== units);
  if (wrong) {
    issues.push({
      path: at(dense >= 0 ? dense : end, 'units'),
      message: `The model ends in ${output.join('×')}, but \`class_mode: ${mode}\`${classes && mode === 'categorical' ? ` with ${classes.length} classes` : ''} needs ${units ?? 'one output a class'}`,
      value: output.length === 1 ? output[0] : [...output],
      allowed: units === undefined ? 'at least 2' : String(units),
    });
  }
  if (mode === 'binary' && classes && classes.length !== 2) {
    issues.push({
      path: ['data', 'classes'],
      message: `\`class_mode: binary\` needs 2 classes, but ${classes.length} are named`,
      value: shown(classes),
      allowed: '2 names',
    });
  }
  return issues;
}

function sizeIsSane(config: RunConfig, infos: readonly LayerInfo[]): ConfigIssue[] {
  const parameters = infos.reduce((sum, layer) => sum + layer.parameterCount, 0);
  const activations = infos.reduce((sum, layer) => sum + sizeOf(layer.output), 0) * config.data.batch_size;
  const issues: ConfigIssue[] = [];
  if (parameters > MOST_PARAMETERS) {
    issues.push({
      path: ['model'],
      message: `The model has ${parameters.toExponential(1)} parameters`,
      value: parameters,
      allowed: `at most ${MOST_PARAMETERS}`,
    });
  }
  if (activations > MOST_ACTIVATIONS) {
    const bytes = `${((activations * 4) / 2 ** 30).toFixed(0)} GiB`;
    issues.push({
      path: ['data', 'batch_size'],
      message: `One batch's activations take ${bytes}`,
      value: config.data.batch_size,
      allowed: 'at most 32 GiB',
      hint: 'Use a smaller batch or smaller images.',
    });
  }
  return issues;
}

function shapes(config: RunConfig, layers: readonly LayerSpec[]): { infos: LayerInfo[]; issues: ConfigIssue[] } {
  const {
    image_size: [rows, columns],
    color_mode: mode,
  } = config.data;
  const { layers: infos, problem } = inferShapes(layers, [rows, columns, mode === 'rgb' ? 3 : 1]);
  if (!problem) return { infos, issues: [...headFits(config, layers, infos), ...sizeIsSane(config, infos)] };
  const { index, key, message, hint } = problem;
  const own = typeof config.model !== 'string';
  const spec = layers[index]!;
  const value = key in spec ? (spec as Record<string, unknown>)[key] : undefined;
  const issue: ConfigIssue = own
    ? {
        path: ['model', 'layers', index, key],
        message: `Layer ${index} (${spec.type}): ${message}`,
        value: shown(value),
        hint,
      }
    : {
        path: ['data', 'image_size'],
        message: `Layer ${index} (${spec.type}) of \`${String(config.model)}\`: ${message}`,
        value: [rows, columns],
        hint: 'Use larger images.',
      };
  return { infos, issues: [issue] };
}

const CHECKS: readonly Check[] = [
  source,
  namesAreOneLine,
  validationImages,
  layerNamesDiffer,
  zoomStaysPositive,
  monitorIsLogged,
];

/**
 * Everything that can be known about a config before it runs. Never throws, whatever it is given.
 * @param document a config as JSON or YAML parsed it
 */
export function validateConfig(document: unknown): Validation {
  const parsed = RunConfig.safeParse(document);
  if (!parsed.success) {
    const first = parsed.error.issues.slice(0, MOST_ISSUES);
    return {
      ok: false,
      issues: first.flatMap((issue) => translate(issue, document)).slice(0, MOST_ISSUES),
      layers: [],
    };
  }
  const config = withMonitor(parsed.data, document);
  const layers = modelLayers(config.model);
  const { infos, issues: shapeIssues } = shapes(config, layers);
  const issues = [...CHECKS.flatMap((check) => check(config, layers)), ...shapeIssues];
  if (issues.length > 0) return { ok: false, issues, layers: infos };
  return {
    ok: true,
    config,
    layers: infos,
    parameterCount: infos.reduce((sum, layer) => sum + layer.parameterCount, 0),
  };
}
