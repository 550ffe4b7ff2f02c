export interface DiffRow {
  readonly key: string;
  /** One value a document; null where it has none. */
  readonly values: readonly (string | null)[];
  readonly differs: boolean;
}

/** Every leaf of every document, in the order of first appearance. */
export function diffRows(documents: readonly ReadonlyMap<string, string>[]): DiffRow[] {
  const keys = new Set(documents.flatMap((document) => [...document.keys()]));
  return [...keys].map((key) => {
    const values = documents.map((document) => document.get(key) ?? null);
    return { key, values, differs: values.some((value) => value !== values[0]) };
  });
}
