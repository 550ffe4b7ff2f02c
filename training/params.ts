import type { RunConfig } from './config.ts';

type ParamValue = string | number | boolean | null;

/** A resolved config as dotted params: `optimizer.learning_rate`. Lists of plain values become one JSON text. */
export function flattenConfig(config: RunConfig): Record<string, ParamValue> {
  const out: Record<string, ParamValue> = {};
  const walk = (value: unknown, path: string) => {
    if (value === undefined) return;
    if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
      out[path] = value;
    else if (Array.isArray(value) && value.every((item) => typeof item !== 'object' || item === null))
      out[path] = JSON.stringify(value);
    else for (const [key, inner] of Object.entries(value)) walk(inner, path === '' ? key : `${path}.${key}`);
  };
  const { experiment: _experiment, name: _name, ...rest } = config;
  walk(rest, '');
  return out;
}
