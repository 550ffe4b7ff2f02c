import { flatten } from './flatten.ts';

/** What runs are compared by: the leaves of the config, and its layers, one line each. */
export interface Comparable {
  readonly leaves: ReadonlyMap<string, string>;
  readonly layers: readonly string[];
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A run's resolved config, or a script's params. Its own names are no difference. */
export function comparable(run: {
  config: { resolved: Readonly<Record<string, unknown>> } | null;
  params: Readonly<Record<string, unknown>>;
}): Comparable {
  const { name: _name, experiment: _experiment, ...rest } = run.config?.resolved ?? run.params;
  if (!isRecord(rest.model) || !Array.isArray(rest.model.layers)) return { leaves: flatten(rest), layers: [] };
  const { layers, ...model } = rest.model;
  return { leaves: flatten({ ...rest, model }), layers: (layers as unknown[]).map(layerText) };
}

/** `Conv2D filters=32 kernel_size=3 padding=same`. */
function layerText(layer: unknown): string {
  if (!isRecord(layer)) return String(layer);
  const { type, ...settings } = layer;
  const told = [...flatten(settings)].map(([key, value]) => `${key}=${value}`);
  return [String(type), ...told].join(' ');
}
