export interface Merged {
  /** What the table shows: the order that was applied, less what is gone, plus pages that were scrolled to. */
  readonly ids: readonly string[];
  /** New ones that belong above: they wait until they are asked for. */
  readonly waiting: number;
  /** The known ones would stand in another order by now. */
  readonly moved: boolean;
}

/** Fresh data never moves a row by itself. */
export function mergeOrder(applied: readonly string[], fresh: readonly string[]): Merged {
  const known = new Set(applied);
  const present = new Set(fresh);
  const kept = applied.filter((id) => present.has(id));
  const again = fresh.filter((id) => known.has(id));
  const last = fresh.findLastIndex((id) => known.has(id));
  const appended = fresh.filter((id, index) => !known.has(id) && index > last);
  const waiting = fresh.length - again.length - appended.length;
  return { ids: [...kept, ...appended], waiting, moved: kept.some((id, index) => id !== again[index]) };
}
