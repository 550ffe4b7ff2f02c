/** A document's leaves by dotted path; a list of plain values is one leaf. */
export function flatten(value: unknown, path = '', out = new Map<string, string>()): Map<string, string> {
  if (Array.isArray(value) && !value.some((item) => item !== null && typeof item === 'object')) {
    out.set(path, JSON.stringify(value));
  } else if (value !== null && typeof value === 'object') {
    for (const [key, inner] of Object.entries(value)) flatten(inner, path ? `${path}.${key}` : key, out);
  } else if (value !== undefined) {
    out.set(path, typeof value === 'string' ? value : String(value));
  }
  return out;
}
