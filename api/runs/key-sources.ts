/** Where the keys of each kind of the catalogue are, and what tells values apart. */
export const KEY_SOURCES = {
  params: { table: 'params', kind: 'kind', value: 'value' },
  tags: { table: 'tags', kind: 'NULL', value: 'value' },
  metrics: { table: 'metric_series', kind: 'NULL', value: 'last' },
} as const;
export type KeyKind = keyof typeof KEY_SOURCES;
