import { augmentationFits } from './checks/augmentation.ts';
import type { Check } from './checks/check.ts';
import { restoredIsBest } from './checks/early-stopping.ts';
import { headFits } from './checks/head.ts';
import { labelsFit } from './checks/labels.ts';
import { layerNamesDiffer } from './checks/layer-names.ts';
import { metricsFit } from './checks/metrics.ts';
import { monitorIsLogged } from './checks/monitor.ts';
import { namesAreOneLine } from './checks/one-line-names.ts';
import { optimizerIsConsistent } from './checks/optimizer.ts';
import { scheduleHolds } from './checks/schedule.ts';
import { sizeIsSane } from './checks/size.ts';
import { source } from './checks/source.ts';
import { initIsKnown, stagesHold } from './checks/transfer.ts';
import { validationImages } from './checks/validation-images.ts';
import { zoomStaysPositive } from './checks/zoom.ts';
import { presetOf } from './config/model.ts';
import { RunConfig } from './config.ts';
import { stagesOf } from './init/stages.ts';
import { type ConfigIssue, shown, translate } from './issues.ts';
import { inferShapes, type LayerInfo } from './layers/shape.ts';
import type { LayerSpec } from './layers/spec.ts';
import { loggedMetrics } from './monitor.ts';
import { modelLayers } from './presets/index.ts';

export type { ConfigIssue } from './issues.ts';
export type Validation =
  | { ok: true; config: RunConfig; layers: LayerInfo[]; parameterCount: number }
  | { ok: false; issues: ConfigIssue[]; layers: LayerInfo[] };

/** Nobody reads more, and a hostile document has millions. */
const MOST_ISSUES = 50;

/**
 * Without validation images the default monitor would never be logged: then it is the loss, unless the document says otherwise.
 * The same for what stops training early and for what lowers the rate.
 */
function withMonitor(config: RunConfig, document: unknown): RunConfig {
  const { checkpoint, early_stopping, optimizer } = (document ?? {}) as {
    checkpoint?: { monitor?: unknown };
    early_stopping?: { monitor?: unknown };
    optimizer?: { learning_rate?: { monitor?: unknown } };
  };
  const logged = loggedMetrics(config);
  const watched = <T extends { monitor: string }>(section: T, written: { monitor?: unknown } | undefined): T =>
    written?.monitor !== undefined || logged.includes(section.monitor) ? section : { ...section, monitor: 'loss' };
  const rate = config.optimizer.learning_rate;
  const plateau = typeof rate === 'object' && rate.schedule === 'reduce_on_plateau' ? rate : null;
  return {
    ...config,
    checkpoint: watched(config.checkpoint, checkpoint),
    ...(config.early_stopping ? { early_stopping: watched(config.early_stopping, early_stopping) } : {}),
    ...(plateau
      ? { optimizer: { ...config.optimizer, learning_rate: watched(plateau, optimizer?.learning_rate) } }
      : {}),
  };
}

function shapes(config: RunConfig, layers: readonly LayerSpec[]): { infos: LayerInfo[]; issues: ConfigIssue[] } {
  const {
    image_size: [rows, columns],
    color_mode: mode,
  } = config.data;
  const { layers: infos, problem } = inferShapes(layers, [rows, columns, mode === 'rgb' ? 3 : 1]);
  if (!problem) return { infos, issues: [...headFits(config, layers, infos), ...sizeIsSane(config, infos)] };
  const { index, key, message, hint } = problem;
  const preset = presetOf(config.model);
  const spec = layers[index]!;
  const value = key in spec ? (spec as Record<string, unknown>)[key] : undefined;
  const issue: ConfigIssue = preset
    ? {
        path: ['data', 'image_size'],
        message: `Layer ${index} (${spec.type}) of \`${preset.preset}\`: ${message}`,
        value: [rows, columns],
        hint: 'Use larger images.',
      }
    : {
        path: ['model', 'layers', index, key],
        message: `Layer ${index} (${spec.type}): ${message}`,
        value: shown(value),
        hint,
      };
  return { infos, issues: [issue] };
}

const CHECKS: readonly Check[] = [
  source,
  namesAreOneLine,
  validationImages,
  layerNamesDiffer,
  zoomStaysPositive,
  augmentationFits,
  labelsFit,
  metricsFit,
  scheduleHolds,
  monitorIsLogged,
  restoredIsBest,
  optimizerIsConsistent,
  initIsKnown,
  stagesHold,
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
  const layers = modelLayers(config);
  // As they are in the first stage: how many weights learn is said of that one.
  const { infos, issues: shapeIssues } = shapes(config, stagesOf(config, layers)[0]!.layers);
  const issues = [...CHECKS.flatMap((check) => check(config, layers)), ...shapeIssues];
  if (issues.length > 0) return { ok: false, issues, layers: infos };
  return {
    ok: true,
    config,
    layers: infos,
    parameterCount: infos.reduce((sum, layer) => sum + layer.parameterCount, 0),
  };
}
