type ParamValue = string | number | boolean | null;

/** A script's config as params: nested objects joined with `.`, lists as JSON, what has no JSON as its text. */
export function toParams(config: Readonly<Record<string, unknown>>): Record<string, ParamValue> {
  const params: Record<string, ParamValue> = {};
  const visit = (prefix: string, value: unknown, depth: number): void => {
    if (value === undefined) return;
    if (typeof value === 'object' && value !== null && isPlain(value) && depth < 16) {
      for (const [key, inner] of Object.entries(value)) visit(prefix ? `${prefix}.${key}` : key, inner, depth + 1);
    } else if (prefix !== '') params[prefix.slice(0, 250)] = toParam(value);
  };
  visit('', config, 0);
  return params;
}

const isPlain = (value: object): boolean =>
  [Object.prototype, null].includes(Object.getPrototypeOf(value) as typeof Object.prototype | null);

function toParam(value: unknown): ParamValue {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return String(value);
  }
}
