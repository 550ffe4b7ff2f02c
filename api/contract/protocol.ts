/**
 * Counts the changes of the wire that an older program could not know of. Client and server tell each other theirs in this header: who
 * is older takes what it does not know as the newer one's business, fields that it does not know are passed over and words of a list
 * that it does not know are let through. Among equals a misspelt field stays an error.
 */
export const PROTOCOL = 2;
export const PROTOCOL_HEADER = 'tidemark-protocol';

/** Whether the other side is newer than this one. */
export const isNewer = (headers: Headers): boolean => Number(headers.get(PROTOCOL_HEADER) ?? 0) > PROTOCOL;

interface UnknownKeys {
  readonly code?: string;
  readonly path: readonly PropertyKey[];
  readonly keys?: readonly string[];
}

/** A document without the fields that its schema does not know. */
export function withoutUnknown(value: unknown, issues: readonly UnknownKeys[]): unknown {
  const copy = structuredClone(value);
  for (const { code, path, keys = [] } of issues) {
    if (code !== 'unrecognized_keys') continue;
    const at = path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown> | undefined)?.[key], copy);
    if (typeof at === 'object' && at !== null) for (const key of keys) delete (at as Record<string, unknown>)[key];
  }
  return copy;
}
