import type { Comparable } from './comparable.ts';

export interface DiffRow {
  readonly key: string;
  /** One value a document; null where it has none. */
  readonly values: readonly (string | null)[];
  readonly differs: boolean;
}

const row = (key: string, values: readonly (string | null)[]): DiffRow => ({
  key,
  values,
  differs: values.some((value) => value !== values[0]),
});

/** Every leaf of every document in the order of first appearance, then the layers, aligned: an inserted one is one row. */
export function diffRows(documents: readonly Comparable[]): DiffRow[] {
  const keys = new Set(documents.flatMap(({ leaves }) => [...leaves.keys()]));
  const leaves = [...keys].map((key) =>
    row(
      key,
      documents.map((document) => document.leaves.get(key) ?? null),
    ),
  );
  const merged = documents.reduce<readonly string[]>((all, { layers }) => superSequence(all, layers), []);
  const places = documents.map(({ layers }) => placesIn(merged, layers));
  const layers = merged.map((text, index) =>
    row(
      `model.layers.${index}`,
      places.map((own) => (own.has(index) ? text : null)),
    ),
  );
  return [...leaves, ...layers];
}

/** Lengths of the longest common subsequences of all suffixes. */
function suffixLengths(a: readonly string[], b: readonly string[]): number[][] {
  const lengths = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--) {
      const [here, below] = [lengths[i] as number[], lengths[i + 1] as number[]];
      here[j] = a[i] === b[j] ? (below[j + 1] as number) + 1 : Math.max(below[j] as number, here[j + 1] as number);
    }
  return lengths;
}

/** The shortest list that both lists are parts of, in their order. */
function superSequence(a: readonly string[], b: readonly string[]): string[] {
  const lengths = suffixLengths(a, b);
  const out: string[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      out.push(a[i] as string);
      i++;
      j++;
    } else if (
      j >= b.length ||
      (i < a.length && ((lengths[i + 1] as number[])[j] as number) >= ((lengths[i] as number[])[j + 1] as number))
    ) {
      out.push(a[i++] as string);
    } else out.push(b[j++] as string);
  }
  return out;
}

/** Where a list's entries stand in a list that it is part of. */
function placesIn(whole: readonly string[], part: readonly string[]): ReadonlySet<number> {
  const lengths = suffixLengths(whole, part);
  const places = new Set<number>();
  for (let i = 0, j = 0; i < whole.length && j < part.length; i++)
    if (whole[i] === part[j] && ((lengths[i] as number[])[j] as number) === part.length - j) {
      places.add(i);
      j++;
    }
  return places;
}
